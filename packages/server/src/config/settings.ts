import { z } from "zod";

import type { CorsOrigins } from "../http/cors.ts";

import { formatByteSize, parseByteSize } from "./byte-size.ts";
import { isLoopback } from "./loopback.ts";

/**
 * The settings of `serve`. This one schema makes the flags, the environment names, the fields of the
 * file and the text of `--help`: a field `dataDir` is the flag `--data-dir`, the variable
 * `BOXERDB_DATA_DIR` and the field `dataDir`. Defaults are written as a user would write them.
 */

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

const wholeNumber = (lowest: number, highest: number = Number.MAX_SAFE_INTEGER) => {
  const error =
    highest === Number.MAX_SAFE_INTEGER
      ? `must be a whole number, ${lowest} or more`
      : `must be a whole number from ${lowest} to ${highest}`;
  return z
    .union([z.int(), z.string().regex(/^\d+$/).transform(Number)], { error })
    .pipe(z.int({ error }).min(lowest, { error }).max(highest, { error }));
};

const byteSize = (lowest: number, highest: number) => {
  const range = `from ${formatByteSize(lowest)} to ${formatByteSize(highest)}`;
  const error = `must be a size such as 65536 or 64MiB, ${range}`;
  return z
    .union([z.int(), z.string().transform((text) => parseByteSize(text) ?? Number.NaN)], { error })
    .pipe(z.int({ error }).min(lowest, { error }).max(highest, { error }));
};

const httpUrl = z
  .url({
    protocol: /^https?$/,
    error: "must be a URL that begins with http:// or https://, such as http://127.0.0.1:8080",
  })
  .transform((url) => url.replace(/\/+$/, ""));

const nonEmpty = z.string({ error: "must be text" }).min(1, { error: "must not be empty" });

const oneOf = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names, { error: `must be ${names.join(" or ")}` });

/** Of a flag without a value, which is on where it is given. */
const onOrOff = z
  .union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")], {
    error: "must be true or false",
  })
  .pipe(z.boolean());

/** An origin, as browsers write theirs: in small letters, with nothing after the port. */
const origin = String.raw`https?://(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?`;

const origins = z
  .string({ error: "must be text" })
  .regex(new RegExp(String.raw`^(?:\*|${origin}(?:\s*,\s*${origin})*)$`), {
    error:
      "must be * or origins as browsers name them, separated by commas, such as https://app.example",
  })
  .transform((text): CorsOrigins => (text === "*" ? text : text.split(/\s*,\s*/)));

/** `value` is what stands for the value in `--help`, as in `--port <port>`; empty of a flag that has none. */
const described = (value: string, description: string): { value: string; description: string } => ({
  value,
  description,
});

const fields = z.strictObject({
  host: nonEmpty
    .prefault("127.0.0.1")
    .meta(described("address", "address to listen on for clients")),
  port: wholeNumber(0, 65535)
    .prefault("8080")
    .meta(described("port", "port to listen on for clients; 0 takes a free one")),
  peerHost: nonEmpty
    .prefault("127.0.0.1")
    .meta(described("address", "address a leader listens on for its followers")),
  peerPort: wholeNumber(0, 65535)
    .prefault("8081")
    .meta(described("port", "port a leader listens on for its followers; 0 takes a free one")),
  advertiseUrl: httpUrl
    .optional()
    .meta(
      described(
        "url",
        "URL under which clients reach this node; without tokens it answers to no other names than its " +
          "own and this one (default: made of host and port)",
      ),
    ),
  dataDir: nonEmpty
    .prefault("./data")
    .meta(described("directory", "directory that holds the data; one process at a time")),
  nodeId: z
    .string({ error: "must be text" })
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, {
      error: "must be 1 to 128 letters, digits or any of . _ : - and begin with a letter or digit",
    })
    .optional()
    .meta(
      described("id", "name of this node among its peers (default: the id of the data directory)"),
    ),
  role: oneOf(["leader", "follower"])
    .prefault("leader")
    .meta(described("role", "leader takes writes, follower copies a leader and answers reads")),
  leaderUrl: httpUrl
    .optional()
    .meta(
      described("url", "peer URL of the leader, for a follower, such as http://127.0.0.1:8081"),
    ),
  writeQuorum: wholeNumber(1, 1000)
    .prefault("1")
    .meta(
      described(
        "count",
        "nodes, the leader counted, that must have a write on disk before it is acknowledged",
      ),
    ),
  peerCompression: oneOf(["auto", "on", "off"])
    .prefault("auto")
    .meta(
      described(
        "when",
        "whether a follower asks for compressed records; auto: where they come slower than 66 MB/s",
      ),
    ),
  forwardWrites: onOrOff
    .prefault(false)
    .meta(
      described(
        "",
        "have a follower hand writes on to the leader, by the URL that it advertises, in place of " +
          "answering 403",
      ),
    ),
  auth: oneOf(["tokens", "off"])
    .optional()
    .meta(
      described(
        "how",
        "tokens: ask clients for one of --tokens-file, as is done where that is given; off: let " +
          "anybody in who reaches the address",
      ),
    ),
  tokensFile: nonEmpty
    .optional()
    .meta(described("file", "file of the tokens that are taken; `boxerdb token` makes them")),
  peerSecretFile: nonEmpty
    .optional()
    .meta(described("file", "file of the secret that leader and followers share")),
  tlsCert: nonEmpty
    .optional()
    .meta(described("file", "certificate (chain) in PEM, by which both ports speak TLS")),
  tlsKey: nonEmpty.optional().meta(described("file", "private key of the certificate, in PEM")),
  tlsCa: nonEmpty
    .optional()
    .meta(
      described(
        "file",
        "certificates in PEM of who signed the leader's (default: whom Node.js trusts)",
      ),
    ),
  corsOrigins: origins
    .optional()
    .meta(
      described(
        "origins",
        "origins whose pages may use the API, as in https://app.example,http://localhost:3000, " +
          "or * for all (default: none)",
      ),
    ),
  durability: oneOf(["disk", "os"])
    .prefault("disk")
    .meta(
      described(
        "where",
        "where a write must be before it is acknowledged: disk survives a power cut, os does not",
      ),
    ),
  segmentBytes: byteSize(4 * KiB, GiB)
    .prefault("64MiB")
    .meta(described("size", "size at which a new file of the log is begun")),
  memoryBytes: byteSize(0, 64 * GiB)
    .prefault("64MiB")
    .meta(described("size", "memory for what was read last; the index takes its own")),
  maxValueBytes: byteSize(1, 256 * MiB)
    .prefault("16MiB")
    .meta(described("size", "largest value that is taken, as it is stored")),
  maxBatchBytes: byteSize(1, GiB)
    .prefault("64MiB")
    .meta(described("size", "largest batch that is taken, as it is stored")),
  maxConnections: wholeNumber(1, 1_000_000)
    .prefault("20000")
    .meta(described("count", "connections of clients at a time; more are closed at once")),
  maxRequests: wholeNumber(1, 1_000_000)
    .prefault("2000")
    .meta(described("count", "requests to /api under way at a time, feeds too; more get 429")),
  transferBytes: byteSize(MiB, 64 * GiB)
    .prefault("512MiB")
    .meta(
      described("size", "memory for large bodies and answers on their way; more of them get 429"),
    ),
  connectionRequests: wholeNumber(0)
    .prefault("0")
    .meta(described("count", "requests after which a client is told to connect anew; 0: never")),
  headersSeconds: wholeNumber(1, 3_600)
    .prefault("15")
    .meta(described("seconds", "time for the headers of a request to come")),
  requestSeconds: wholeNumber(1, 86_400)
    .prefault("300")
    .meta(
      described("seconds", "time for a whole request to come; for an import, between two parts"),
    ),
  answerSeconds: wholeNumber(1, 86_400)
    .prefault("30")
    .meta(described("seconds", "time in which a client must take some more of its answer")),
  idleSeconds: wholeNumber(1, 86_400)
    .prefault("65")
    .meta(described("seconds", "time that a connection stays open between two requests")),
  logLevel: oneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .prefault("info")
    .meta(described("level", "least level that is logged; debug has a line for each request")),
  slowRequestMs: wholeNumber(0)
    .prefault("1000")
    .meta(described("time", "requests that take more milliseconds are logged; 0 for none")),
  logFormat: oneOf(["json", "pretty"])
    .optional()
    .meta(described("format", "format of the log (default: pretty on a terminal, else json)")),
});

/** The settings, with the rules that hold between them. */
export const settingsSchema = fields.superRefine((settings, context) => {
  const refuse = (field: SettingName, message: string): void => {
    context.addIssue({ code: "custom", path: [field], message });
  };
  if (settings.role === "follower" && settings.leaderUrl === undefined) {
    refuse(
      "leaderUrl",
      "a follower needs the peer URL of its leader: give --leader-url http://<leader>:<peer port>",
    );
  }
  if (settings.role === "leader" && settings.leaderUrl !== undefined) {
    refuse("leaderUrl", "a leader follows nobody: leave it out, or give --role follower");
  }
  if (
    settings.role === "leader" &&
    settings.port === settings.peerPort &&
    settings.port !== 0 &&
    settings.host === settings.peerHost
  ) {
    refuse("peerPort", `is the port for clients, ${settings.port}, too: give another`);
  }
  if (settings.transferBytes < settings.maxBatchBytes + settings.maxValueBytes) {
    refuse(
      "transferBytes",
      "must be at least --max-batch-bytes and --max-value-bytes together, or the largest would never pass",
    );
  }
  if ((settings.tlsCert === undefined) !== (settings.tlsKey === undefined)) {
    const [missing, given] =
      settings.tlsCert === undefined
        ? (["tlsCert", "--tls-key"] as const)
        : (["tlsKey", "--tls-cert"] as const);
    refuse(missing, `${given} needs it: give both, or neither to speak without TLS`);
  }
  refuseDoubtfulAccess(settings, refuse);
});

/** Whoever is let in must be meant to be: nothing is open to other machines by mistake. */
function refuseDoubtfulAccess(
  { auth, tokensFile, peerSecretFile, host, peerHost, role }: z.output<typeof fields>,
  refuse: (field: SettingName, message: string) => void,
): void {
  if (auth === "tokens" && tokensFile === undefined) {
    refuse(
      "auth",
      "tokens needs a file that has some: give --tokens-file, see `boxerdb token create`",
    );
  }
  if (auth === "off" && tokensFile !== undefined) {
    refuse(
      "auth",
      "off lets everybody in, but --tokens-file says who may come: leave one of them out",
    );
  }
  if (auth !== "off" && tokensFile === undefined && !isLoopback(host)) {
    refuse(
      "host",
      `${host} lets other machines in, and everybody there could read and write everything: give ` +
        "--tokens-file, or --auth off if that is wanted, or listen on 127.0.0.1",
    );
  }
  if (
    auth !== "off" &&
    peerSecretFile === undefined &&
    role === "leader" &&
    !isLoopback(peerHost)
  ) {
    refuse(
      "peerHost",
      `${peerHost} lets other machines in, and everybody there could copy everything: give ` +
        "--peer-secret-file, or --auth off if that is wanted, or listen on 127.0.0.1",
    );
  }
}

/** What `serve` runs with: every setting, checked, in its own unit. */
export type ServeConfiguration = Readonly<z.output<typeof fields>>;

/** The name of a setting, as in the file. */
export type SettingName = keyof ServeConfiguration;

/** The settings as JSON Schema, with description, default and choices of each. */
export const settingsJsonSchema = z.toJSONSchema(fields, { io: "input" });
