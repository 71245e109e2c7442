/**
 * Why a replica must be copied anew, by the damage that was found in its log; undefined where there is none.
 * What a node cannot read itself it cannot give to others, so that nobody should have to rely on it.
 */
export const reasonToCopyAnew = (damage: Error | undefined): string | undefined => damage?.message;
