import { pino, type Logger } from "pino";
import { PinoPretty } from "pino-pretty";

import type { ServeConfiguration } from "../config/settings.ts";

export type { Logger };

/** Nothing logs headers as they came; should somebody, whoever reads the log must not become them. */
const redact = {
  paths: ["authorization", "cookie", "*.authorization", "*.cookie", "*.headers.authorization"],
  censor: "[not logged]",
};

/**
 * Makes the log of a server, on standard output: one JSON object a line, or lines for people where
 * standard output is a terminal or `logFormat` says so.
 */
export function createLogger({
  logLevel,
  logFormat,
}: Pick<ServeConfiguration, "logLevel" | "logFormat">): Logger {
  const options = { level: logLevel, base: null, redact };
  const format = logFormat ?? (process.stdout.isTTY ? "pretty" : "json");
  return format === "json"
    ? pino(options)
    : pino(options, PinoPretty({ colorize: process.stdout.isTTY, sync: true, singleLine: true }));
}
