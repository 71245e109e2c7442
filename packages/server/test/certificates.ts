import { generate } from "selfsigned";

/** A certificate and its key, in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/** What a certificate says. By default: this machine, from a day ago to a day from now. */
export interface Claim {
  readonly from?: Date;
  readonly to?: Date;
  /** For a host of this name, in place of this machine. */
  readonly host?: string;
}

const thisMachine = [
  { type: 2, value: "localhost" },
  { type: 7, ip: "127.0.0.1" },
] as const;

/** Signs certificates for tests, which live no longer than the tests do. */
export class TestAuthority {
  readonly #own: Pair;

  private constructor(own: Pair) {
    this.#own = own;
  }

  static async create(): Promise<TestAuthority> {
    return new TestAuthority(
      await pairOf("Test authority", {
        extensions: [
          { name: "basicConstraints", cA: true, critical: true },
          { name: "keyUsage", keyCertSign: true, critical: true },
        ],
      }),
    );
  }

  /** What those who trust it are given. */
  get cert(): string {
    return this.#own.cert;
  }

  async issue({ from, to, host }: Claim = {}): Promise<Pair> {
    return pairOf(host ?? "localhost", {
      notBeforeDate: from ?? new Date(Date.now() - dayMs),
      notAfterDate: to ?? new Date(Date.now() + dayMs),
      ca: this.#own,
      extensions: [
        { name: "basicConstraints", cA: false },
        {
          name: "subjectAltName",
          altNames: host === undefined ? [...thisMachine] : [{ type: 2, value: host }],
        },
      ],
    });
  }
}

async function pairOf(
  commonName: string,
  options: NonNullable<Parameters<typeof generate>[1]>,
): Promise<Pair> {
  const { cert, private: key } = await generate([{ name: "commonName", value: commonName }], {
    keyType: "ec",
    algorithm: "sha256",
    ...options,
  });
  // With the end of line that a file has, so that chains can be put together.
  return { cert: `${cert}\n`, key: `${key}\n` };
}
