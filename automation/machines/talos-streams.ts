import { type ChannelOptions, Client, credentials, status } from "@grpc/grpc-js";
import { machineApi } from "../../components/talos/life/machine-api";

/** Calls of the Talos API that carry more than a message. */
export interface TalosStreams {
  /** What a call answers, piece by piece. Fails with the words of the machine. */
  receive(method: string): AsyncIterable<Buffer>;
  /** Sends pieces, one message each, and waits for the answer. */
  send(method: string, pieces: AsyncIterable<Buffer>): Promise<void>;
  close(): void;
}

const bytes = (message: Buffer) => message;

/** A client of one machine; its variables are those that machineApi takes. */
export function talosClient(variables: Readonly<Record<string, string>>, options: ChannelOptions = {}): Client {
  const text = (name: string) => variables[name] ?? "";
  const decoded = (name: string) => Buffer.from(text(name), "base64");
  const host = text("TALOS_HOST").includes(":") ? `[${text("TALOS_HOST")}]` : text("TALOS_HOST");
  // a name of Go's that OpenSSL does not know
  const key = Buffer.from(decoded("TALOS_KEY").toString().replaceAll("ED25519 PRIVATE KEY", "PRIVATE KEY"));
  // a certificate of this cluster's authority will do: the machine may be reached by an address that it does not know
  const verification = { checkServerIdentity: () => undefined };
  const access = credentials.createSsl(decoded("TALOS_CA"), key, decoded("TALOS_CERT"), verification);
  return new Client(`${host}:${text("TALOS_PORT")}`, access, {
    "grpc.enable_http_proxy": 0,
    // an address is no name of a server (RFC 6066), and whose certificate it is was said above
    "grpc.ssl_target_name_override": "talos",
    "grpc.max_receive_message_length": 64 << 20,
    ...options,
  });
}

/** Streams of one machine; its variables are those that machineApi takes. */
export function talosStreams(variables: Readonly<Record<string, string>>): TalosStreams {
  const client = talosClient(variables);
  return {
    async *receive(method) {
      const stream = client.makeServerStreamRequest(`/${method}`, bytes, bytes, Buffer.alloc(0));
      try {
        for await (const piece of stream) yield piece as Buffer;
      } catch (error) {
        throw worded(error);
      }
    },
    async send(method, pieces) {
      await new Promise<void>((resolve, reject) => {
        const stream = client.makeClientStreamRequest(`/${method}`, bytes, bytes, (error) =>
          error === null ? resolve() : reject(worded(error)),
        );
        const write = async () => {
          for await (const piece of pieces) {
            if (!stream.write(piece)) await new Promise((drained) => stream.once("drain", drained));
          }
          stream.end();
        };
        write().catch((error: unknown) => {
          stream.cancel();
          reject(error as Error);
        });
      });
    },
    close: () => client.close(),
  };
}

function worded(error: unknown): Error {
  const { code, details } = error as { code?: number; details?: string };
  return new Error(code === undefined ? (error as Error).message : `the Talos API answers ${status[code]} ${details}`);
}

/** Data of a stream of machinery's common.Data: the pieces of a file. */
export async function* dataOf(messages: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const { values } = machineApi({});
  for await (const message of messages) yield* values(message, 2);
}
