/** Inputs of a command that runs a program of Node.js. */
export interface NodeProgram {
  readonly interpreter: string[];
  readonly stdin: string;
}

/**
 * A program as the input of its interpreter. The provider shows the command that has failed, whole and before what it
 * said; so the command is words for people: `create`, `update` and `delete` say what the program does. They reach it as
 * an argument that it does not read.
 */
export function nodeProgram(text: string): NodeProgram {
  return { interpreter: ["node", "-"], stdin: text };
}
