import { settingsJsonSchema } from "./settings.ts";

/** One setting of `serve`, as `--help` shows it. */
export interface ServeFlag {
  /** The field of the file, as in `dataDir`; the key under which `loadConfiguration` takes a flag. */
  readonly field: string;
  /** As in `--data-dir`. */
  readonly flag: string;
  /** What stands for its value, as in `<directory>`; empty where it has none, and is on where it is given. */
  readonly placeholder: string;
  /** As in `BOXERDB_DATA_DIR`. */
  readonly environmentName: string;
  readonly description: string;
  /** As a user would write it; undefined where there is none, or where the description tells it. */
  readonly defaultValue: string | undefined;
  /** The values that are allowed; undefined where there are too many to list. */
  readonly choices: readonly string[] | undefined;
}

/** What every environment variable of ours begins with. */
export const environmentPrefix = "BOXERDB_";

const words = (field: string): string[] =>
  field.split(/(?=[A-Z])/).map((word) => word.toLowerCase());

const text = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

/** All settings of `serve`, in the order of `--help`. `--config` itself is not among them. */
export const serveFlags: readonly ServeFlag[] = Object.entries(
  settingsJsonSchema.properties ?? {},
).flatMap(([field, schema]) => {
  if (typeof schema === "boolean") return [];
  return {
    field,
    flag: `--${words(field).join("-")}`,
    placeholder: schema["value"] === "" ? "" : `<${text(schema["value"]) ?? "value"}>`,
    environmentName: environmentPrefix + words(field).join("_").toUpperCase(),
    description: schema.description ?? "",
    defaultValue: text(schema.default),
    choices: schema.enum?.map(String),
  };
});
