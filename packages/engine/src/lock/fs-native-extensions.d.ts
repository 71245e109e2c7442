/** The package has no types. This is what we use of it. */
declare module "fs-native-extensions" {
  /**
   * Asks the kernel for an exclusive lock on the file of an open, writable descriptor. False where
   * another descriptor has it, of this process or of another; throws the kernel's other errors.
   * The kernel frees it when the descriptor is closed, with the death of the process at the latest.
   */
  export function tryLock(descriptor: number): boolean;
}
