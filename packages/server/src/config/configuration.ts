import type { z } from "zod";

import { ConfigurationError } from "./configuration-error.ts";
import { readConfigurationFile } from "./configuration-file.ts";
import { nearestName } from "./nearest-name.ts";
import { environmentPrefix, serveFlags } from "./serve-flags.ts";
import { settingsSchema, type ServeConfiguration } from "./settings.ts";

/** Where settings may come from. */
export interface ConfigurationSources {
  /** What the command line was given, by field: `{ dataDir: "./data" }`. Undefined is not given. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** The environment, `process.env`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The path given by `--config`; without it, that of `BOXERDB_CONFIG`, if any. */
  readonly file?: string | undefined;
}

/** A setting as it was given, and by what name the user knows its place. */
interface GivenSetting {
  readonly value: unknown;
  readonly place: string;
}
type GivenSettings = ReadonlyMap<string, GivenSetting>;

const configVariable = `${environmentPrefix}CONFIG`;

/** Variables that the rest of the command line reads, and that `serve` therefore leaves alone. */
const variablesOfOtherVerbs: readonly string[] = [
  `${environmentPrefix}URL`,
  `${environmentPrefix}DEBUG`,
  `${environmentPrefix}TOKEN`,
  `${environmentPrefix}TOKEN_FILE`,
];

/** What Kubernetes sets in every container beside a service that is named `boxerdb`. */
const serviceLink = /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP)(_|$)/;

/**
 * Makes the configuration of `serve` from all its sources; a flag goes before the environment, that
 * before the file, that before the default.
 *
 * @throws ConfigurationError naming each flag, variable or line that is wrong, and what to do.
 */
export function loadConfiguration(sources: ConfigurationSources): ServeConfiguration {
  const file = sources.file ?? sources.environment[configVariable];
  const given: GivenSettings = new Map([
    ...(file === undefined ? [] : fromFile(file)),
    ...fromEnvironment(sources.environment),
    ...fromFlags(sources.flags),
  ]);
  const result = settingsSchema.safeParse(
    Object.fromEntries([...given].map(([field, { value }]) => [field, value])),
  );
  if (result.success) return result.data;
  throw new ConfigurationError(
    result.error.issues.map((issue) => describe(issue, given)).join("\n"),
  );
}

function describe(issue: z.core.$ZodIssue, given: GivenSettings): string {
  const field = String(issue.path[0] ?? "");
  const setting = given.get(field);
  if (setting === undefined) {
    const flag = serveFlags.find((candidate) => candidate.field === field)?.flag ?? field;
    return `${flag}: ${issue.message}`;
  }
  // The rules between settings (custom) tell the value themselves.
  const value = issue.code === "custom" ? "" : `, but is ${JSON.stringify(setting.value)}`;
  return `${setting.place}: ${issue.message}${value}`;
}

function fromFlags(flags: ConfigurationSources["flags"]): GivenSettings {
  const settings = new Map<string, GivenSetting>();
  for (const { field, flag } of serveFlags) {
    const value = flags[field];
    if (value !== undefined) settings.set(field, { value, place: flag });
  }
  return settings;
}

function fromEnvironment(environment: ConfigurationSources["environment"]): GivenSettings {
  const settings = new Map<string, GivenSetting>();
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(environmentPrefix) || value === undefined) continue;
    const flag = serveFlags.find((candidate) => candidate.environmentName === name);
    if (flag !== undefined) {
      settings.set(flag.field, { value, place: name });
    } else if (
      name !== configVariable &&
      !variablesOfOtherVerbs.includes(name) &&
      !serviceLink.test(name)
    ) {
      throw new ConfigurationError(
        unknownName(
          `the environment variable ${name}`,
          name,
          serveFlags.map((candidate) => candidate.environmentName),
        ),
      );
    }
  }
  return settings;
}

function fromFile(path: string): GivenSettings {
  const settings = new Map<string, GivenSetting>();
  for (const { field, value, place } of readConfigurationFile(path)) {
    if (!serveFlags.some((candidate) => candidate.field === field)) {
      throw new ConfigurationError(
        unknownName(
          `${place} "${field}"`,
          field,
          serveFlags.map((candidate) => candidate.field),
        ),
      );
    }
    settings.set(field, { value, place: `${place} "${field}"` });
  }
  return settings;
}

function unknownName(what: string, name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  return nearest === undefined
    ? `${what} is not a setting. There are ${names.join(", ")}`
    : `${what} is not a setting: did you mean ${nearest}?`;
}
