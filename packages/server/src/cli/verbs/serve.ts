import { z } from "zod";

import { loadConfiguration } from "../../config/configuration.ts";
import { serveFlags } from "../../config/serve-flags.ts";
import type { Verb } from "../verb.ts";

const input = z
  .object({ config: z.string().optional(), json: z.boolean().default(false) })
  // The settings, by their fields: what they mean is for the configuration to judge.
  .catchall(z.union([z.string(), z.literal(true).transform(String)]));

/** `boxerdb serve`: a server, until it is told to stop. */
export const serveVerb: Verb<z.infer<typeof input>> = {
  name: "serve",
  summary: "run a server",
  description:
    "Runs a server until Ctrl-C or SIGTERM, upon which it finishes what it has begun.\n" +
    "Each setting is taken from its flag, else from the environment (BOXERDB_DATA_DIR for\n" +
    '--data-dir), else from the file of --config, a JSON object ({"dataDir": "./data"}).',
  examples: [
    { does: "one node, with its data in ./data", line: "boxerdb serve" },
    { does: "a leader whose writes must be on two nodes", line: "boxerdb serve --write-quorum 2" },
    {
      does: "a follower of it on the same machine",
      line:
        "boxerdb serve --role follower --leader-url http://127.0.0.1:8081 " +
        "--port 8082 --data-dir ./copy",
    },
  ],
  exitCodes: ["storage", "address", "damaged"],
  input,
  declare(command) {
    for (const { flag, placeholder, description, choices, defaultValue } of serveFlags) {
      const notes = [
        ...(choices === undefined || choices.length < 2 ? [] : [choices.join("|")]),
        ...(defaultValue === undefined ? [] : [`default: ${defaultValue}`]),
      ];
      const note = notes.length === 0 ? "" : ` (${notes.join("; ")})`;
      command.option(`${flag} ${placeholder}`.trim(), description + note);
    }
    return command
      .option("--config <file>", "a file with settings ($BOXERDB_CONFIG)")
      .option("--json", "log as JSON: short for --log-format json");
  },
  async run({ config, json, ...settings }, terminal) {
    const flags = json ? { logFormat: "json", ...settings } : settings;
    const { environment } = terminal;
    // Loaded here, so that the other verbs do not wait for the modules of a server.
    const [{ serve }, { closeOnSignals }, { reloadOnSignal }] = await Promise.all([
      import("../../serve/serve.ts"),
      import("../../serve/close-on-signals.ts"),
      import("../../serve/reload-on-signal.ts"),
    ]);
    const server = await serve(loadConfiguration({ flags, environment, file: config }));
    closeOnSignals(server);
    reloadOnSignal(server);
    return undefined;
  },
};
