import { execFile } from "node:child_process";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { nodeProgram } from "../../kubernetes/node-program";
import { issue } from "../certificates.fixture";

/* Protocol buffers by hand, independent of the programs: a tag, a length and the content. */
export const field = (number: number, content: Buffer | string): Buffer => {
  const bytes = Buffer.from(content);
  const size = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...size]), bytes]);
};
export const number = (at: number, value: number): Buffer => Buffer.from([at << 3, value]);
export const concat = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);

/** A resource as cosi.resource.State answers it. */
export const resource = (spec: Buffer): Buffer =>
  field(1, concat(field(1, field(2, "a type of resources")), field(2, field(1, spec))));

/** MachineStatus: 4 is running, 5 rebooting. */
export function machineStatus(stage: number, unmet: readonly (readonly [name: string, reason: string])[] = []): Buffer {
  const conditions = unmet.map(([name, reason]) => field(2, concat(field(1, name), field(2, reason))));
  return resource(concat(number(1, stage), field(2, concat(number(1, unmet.length === 0 ? 1 : 0), ...conditions))));
}

/** One member of etcd, with an id that does not fit into a number of JavaScript. */
export function etcdMember(name: string, address: string, id: number, learner = false): Buffer {
  const long = Buffer.from([...Array<number>(8).fill(0x80 | id), 0x7f]);
  return field(
    3,
    concat(
      Buffer.from([2 << 3]),
      long,
      field(3, name),
      field(4, `https://${address}:2380`),
      number(6, learner ? 1 : 0),
    ),
  );
}

/** EtcdMemberListResponse. */
export const memberList = (...members: readonly Buffer[]): Buffer => field(1, concat(...members));
/** VersionResponse. */
export const version = (tag: string): Buffer => field(1, field(2, field(1, tag)));
/** ExtensionStatus of what the image factory calls schematic. */
export const schematic = (id: string): Buffer => resource(field(2, concat(field(1, "schematic"), field(2, id))));

/** Messages of an answer, the words of a refusal after its code ("9 not now"), or "cut": the connection breaks. */
export type Answer = readonly Buffer[] | string;

export interface Asked {
  readonly method: string;
  /** The message; of several, those of a stream, all with the five bytes before each. */
  readonly request: Buffer;
  /** Another machine that the call is for. */
  readonly node?: string;
}

export interface FakeMachine {
  readonly variables: Readonly<Record<string, string>>;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** The Talos API of a machine, with an answer for each call; in maintenance mode it has no other than its certificate. */
export async function fakeMachine(
  name: string,
  answer: (asked: Asked) => Answer,
  options: {
    readonly maintenance?: boolean;
    readonly stranger?: boolean;
    /** Of its certificate. Default: 127.0.0.1, where it is. */
    readonly address?: string;
    /** Its certificate has expired. */
    readonly expired?: boolean;
  } = {},
): Promise<FakeMachine> {
  const { address = "127.0.0.1", expired = false } = options;
  const machine = issue(options.maintenance === true ? "maintenance-service.talos.dev" : name, undefined, {
    address,
    ...(expired ? { until: Date.now() - 10_000 } : {}),
  });
  // of the same name as this cluster's
  const authority = options.stranger === true ? issue(name) : machine;
  const client = issue("admin");
  const asked: Asked[] = [];
  const server = http2.createSecureServer({
    cert: machine.certificate,
    key: machine.key,
    ...(options.maintenance === true ? {} : { ca: client.certificate, requestCert: true, rejectUnauthorized: false }),
  });
  server.on("stream", (stream, headers) => {
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => {
      const { node } = headers;
      const call: Asked = {
        method: String(headers[":path"]).split("/").at(-1) ?? "",
        request: oneMessage(Buffer.concat(parts)),
        ...(typeof node === "string" ? { node } : {}),
      };
      asked.push(call);
      const given = answer(call);
      if (given === "cut") {
        stream.session?.destroy();
        return;
      }
      if (typeof given === "string") {
        const [code = "", ...words] = given.split(" ");
        stream.respond({ ":status": 200, "grpc-status": code, "grpc-message": words.join(" ") }, { endStream: true });
        return;
      }
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.concat(given.map(framed)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const encoded = (text: string) => Buffer.from(text).toString("base64");
  return {
    asked,
    variables: {
      MACHINE: name,
      TALOS_HOST: "127.0.0.1",
      TALOS_PORT: String((server.address() as AddressInfo).port),
      TALOS_CA: encoded(authority.certificate),
      TALOS_CERT: encoded(client.certificate),
      // as Talos names its keys
      TALOS_KEY: encoded(client.key.replaceAll("PRIVATE KEY", "ED25519 PRIVATE KEY")),
    },
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

function oneMessage(frames: Buffer): Buffer {
  return frames.length >= 5 && frames.readUInt32BE(1) === frames.length - 5 ? frames.subarray(5) : frames;
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly message: string;
}

/** Runs the program of a command, as the provider does. */
export function runProgram(text: string, variables: Readonly<Record<string, string>>): Promise<Ended> {
  const env = { ...process.env, ...variables };
  const program = nodeProgram(text);
  return new Promise((resolve) => {
    const [interpreter = "", ...options] = program.interpreter;
    const child = execFile(interpreter, [...options, "a label"], { env }, (_, out, message) =>
      resolve({ code: child.exitCode ?? -1, out, message }),
    );
    child.stdin?.end(program.stdin);
  });
}
