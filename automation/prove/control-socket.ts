import { connect, type Socket } from "node:net";
import { fieldsOf } from "../../components/core/fields";

/** Seconds until a program that does not answer is given up. */
const PATIENCE = 60;

/**
 * A command to a program of OVN by its control socket, as ovs-appctl sends it: JSON-RPC 1.0, one object after the other
 * without anything between them. Asked directly, an answer takes a thousandth of a second; by a process of its own,
 * fifty times that.
 *
 * @throws Error with what the program says of the command.
 */
export function control(socket: string, method: string, params: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection: Socket = connect(socket);
    const parts: string[] = [];
    const fail = (error: Error) => {
      connection.destroy();
      reject(error);
    };
    connection.setEncoding("utf8");
    connection.setTimeout(PATIENCE * 1000, () => fail(new Error(`${method}: no answer in ${PATIENCE} s`)));
    connection.on("connect", () => connection.write(JSON.stringify({ id: 1, method, params })));
    connection.on("error", fail);
    connection.on("close", () => fail(new Error(`${method}: the program ended instead of answering`)));
    connection.on("data", (part: string) => {
      parts.push(part);
      const answer = complete(parts.join(""));
      if (answer === undefined) return;
      connection.destroy();
      const { result, error } = answer;
      if (typeof result === "string") resolve(result);
      else reject(new Error(`${method}: ${String(error)}`));
    });
  });
}

/** Undefined while the answer is not whole. */
function complete(text: string): Record<string, unknown> | undefined {
  if (!text.endsWith("}")) return undefined;
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}
