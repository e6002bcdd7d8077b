/**
 * An operation that did not come to its end for a reason outside of this program: a machine, a tool. The message says what
 * to do; programs show it without a stack trace.
 */
export class OperationFailed extends Error {
  override readonly name = "OperationFailed";
}
