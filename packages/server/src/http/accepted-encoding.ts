/**
 * The encoding of those offered that a client likes best, of equals the first; "identity" where it takes
 * none of them (RFC 9110, 12.5.3).
 *
 * @param accepted the value of `Accept-Encoding`
 */
export function acceptedEncoding<Encoding extends string>(
  accepted: string | undefined,
  offered: readonly Encoding[],
): Encoding | "identity" {
  if (accepted === undefined) return "identity";
  const weights = weightsOf(accepted);
  const weightOf = (encoding: string): number =>
    weights.get(encoding) ?? (encoding === "identity" ? undefined : weights.get("*")) ?? 0;
  let best: Encoding | "identity" = "identity";
  let bestWeight = weightOf("identity");
  for (const encoding of offered) {
    const weight = weightOf(encoding);
    // What is not compressed is only taken where it is asked for by more.
    if (weight > bestWeight || (best === "identity" && weight > 0 && weight === bestWeight)) {
      best = encoding;
      bestWeight = weight;
    }
  }
  return best;
}

/** The weight of each encoding that is named, from 0 to 1. What is malformed is not there. */
function weightsOf(accepted: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const element of accepted.toLowerCase().split(",")) {
    const [, name, weight = "1"] =
      /^\s*([\w!#$%&'*+.^`|~-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/.exec(element) ?? [];
    if (name !== undefined) weights.set(name, Number(weight));
  }
  return weights;
}
