import { Randomness } from "../../simulator/randomness.ts";

/**
 * For a world in which nothing is left to chance: whatever takes between two times takes one in the middle,
 * what is seldom never happens, and clocks are right. What has to differ, such as UUIDs, still does.
 */
export class SteadyRandomness extends Randomness {
  static of(path: string): SteadyRandomness {
    return new SteadyRandomness(path);
  }

  override fork(name: string): SteadyRandomness {
    return new SteadyRandomness(`${this.path}/${name}`);
  }

  override real(least: number, below: number): number {
    return (least + below) / 2;
  }

  override chance(probability: number): boolean {
    return probability >= 0.5;
  }
}
