/** How often to renew a lease, and how long to rely on it. */

export interface LeaseTerms {
  /** How long a call that was granted is relied on, from before it was sent. */
  readonly claimMs: number;
  /** How long after a call the next one follows. */
  readonly renewEveryMs: number;
  /** How long after a call has failed the next one follows. */
  readonly retryPauseMs: number;
}

/**
 * What part of a lease is not relied on. A clock that runs slower than the manager's by up to this much
 * does no harm; one that is off by more is broken.
 */
const clockRateMargin = 0.1;

/** For leases of `ttlMs`. */
export const leaseTerms = (ttlMs: number): LeaseTerms => ({
  claimMs: ttlMs * (1 - clockRateMargin),
  // Two of three may be lost.
  renewEveryMs: ttlMs / 3,
  retryPauseMs: ttlMs / 10,
});
