#!/usr/bin/env node
import { run } from "./cli/program.ts";
import { processTerminal } from "./cli/terminal.ts";

// The exit code is set rather than exited with, so that what was written to a pipe is flushed first.
process.exitCode = await run(process.argv.slice(2), processTerminal());
