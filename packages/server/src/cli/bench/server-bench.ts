import type { Client } from "../client/client.ts";
import { ServerError } from "../client/errors.ts";
import { CommandError } from "../command-error.ts";

import { serverSteps } from "./server-steps.ts";
import { runSteps, type BenchSize, type MeasuredStep, type StepsContext } from "./step.ts";

/**
 * Measures a server over HTTP, in a database that is made for it and dropped when this resolves or
 * rejects. Where it cannot be dropped, this rejects with its name and how to drop it.
 */
export const measureServer = async (
  client: Client,
  database: string,
  size: BenchSize,
  context: StepsContext,
): Promise<MeasuredStep[]> => {
  try {
    return await runSteps(serverSteps(client, database, size), context);
  } finally {
    await drop(client, database);
  }
};

const drop = async (client: Client, database: string): Promise<void> => {
  try {
    await client.dropDatabase(database);
  } catch (error) {
    if (error instanceof ServerError && wroteNothing(error)) return;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      "unavailable",
      `the database ${database}, which was made to measure, may still be there: ` +
        `\`boxerdb drop ${database}\` with the same --url removes it. ${reason}`,
      { cause: error },
    );
  }
};

/** No database was made: the first write was refused, or had not been sent yet. */
const wroteNothing = ({ status, code }: ServerError): boolean =>
  status === 404 || code === "not_leader";
