/** A field of a protocol buffer: a text, a message, a flag, or the bytes of a number as they were received. */
export type Field = string | Buffer | boolean | { readonly varint: Buffer };

/** The Talos API of a machine. */
export interface MachineApi {
  /** Where it is, for messages: cp-1 at 192.0.2.11:50000. */
  readonly where: string;
  /**
   * Whose the machine is: it has no configuration, or one of this cluster; else what its certificate says. Asks nothing of
   * it. Fails when it does not answer.
   */
  owner(): Promise<"nobody" | "this cluster" | { readonly other: string }>;
  /**
   * Names and addresses in its certificate, where the one it is reached at is not among them: Talos' provider refuses it
   * then. Nothing where it is. Fails when the machine does not answer.
   */
  misnamed(): Promise<string | undefined>;
  /**
   * All messages that answer a call, e.g. of machine.MachineService/Version. `node` is the address of another machine
   * that the call is passed on to. Waits 5 s, or `seconds`. Fails with the words of the machine.
   */
  call(method: string, request?: Buffer, options?: { node?: string; seconds?: number }): Promise<Buffer[]>;
  /** What the machine is doing, and its conditions that are not met; nothing when it runs and all are. */
  unsettled(node?: string): Promise<string | undefined>;
  /** Members of etcd as the machine, or another that it passes the call on to, knows them. */
  members(node?: string): Promise<EtcdMember[]>;
  /**
   * What keeps a member of etcd, other than this control plane, from being part of a majority; nothing where all are
   * healthy, and where this machine's own etcd is not up: it is no part of the majority either, then.
   */
  unhealthyMember(): Promise<string | undefined>;
  /** A message with these fields by number. */
  message(fields: Readonly<Record<number, Field>>): Buffer;
  /** The values of a field; those of numbers as the bytes that they were sent as. */
  values(message: Buffer, field: number): Buffer[];
  /** The first message or text at a path of fields; empty where there is none. */
  inner(message: Buffer, ...path: readonly number[]): Buffer;
}

export interface EtcdMember {
  /** As the call that removes it takes it. */
  readonly id: Buffer;
  /** Name of its machine. */
  readonly name: string;
  /** Where other members reach it. */
  readonly address: string;
  readonly learner: boolean;
}

/** Of a program around {@link machineApi}: its environment says which machine, and how it is reached. */
export const MACHINE_VARIABLES = [
  "MACHINE",
  "TALOS_HOST",
  "TALOS_PORT",
  "TALOS_CA",
  "TALOS_CERT",
  "TALOS_KEY",
] as const;

/**
 * The Talos API for programs of commands, which are texts: this function is part of them and uses nothing from outside
 * itself. gRPC over HTTP/2 with protocol buffers (machinery 1.13.0, api/machine/machine.proto; cosi-project/runtime
 * 1.16, state.proto).
 */
export function machineApi(variables: Readonly<Record<string, string | undefined>>): MachineApi {
  const http2 = process.getBuiltinModule("node:http2");
  const tls = process.getBuiltinModule("node:tls");
  const { isIP } = process.getBuiltinModule("node:net");
  const { X509Certificate } = process.getBuiltinModule("node:crypto");
  const variable = (name: string) => variables[name] ?? "";
  const decoded = (name: string) => Buffer.from(variable(name), "base64").toString();
  const [host, port] = [variable("TALOS_HOST"), variable("TALOS_PORT")];
  const stages = [
    "unknown",
    "booting",
    "installing",
    "maintenance",
    "running",
    "rebooting",
    "shutting down",
    "resetting",
  ];
  const RUNNING = 4;

  const varint = (value: number): Buffer => {
    const bytes: number[] = [];
    for (let rest = value; bytes.length === 0 || rest > 0; rest = Math.floor(rest / 128)) {
      bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    }
    return Buffer.from(bytes);
  };
  const message = (fields: Readonly<Record<number, Field>>) =>
    Buffer.concat(
      Object.entries(fields).flatMap(([number, value]) => {
        const at = Number(number);
        if (typeof value === "boolean") return [varint(at * 8), varint(value ? 1 : 0)];
        if (typeof value === "object" && "varint" in value) return [varint(at * 8), value.varint];
        const bytes = Buffer.from(value);
        return [varint(at * 8 + 2), varint(bytes.length), bytes];
      }),
    );
  const values = (of: Buffer, field: number) => {
    const found: Buffer[] = [];
    let at = 0;
    const number = () => {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        const byte = of[at++] ?? 0;
        value += (byte & 127) * factor;
        if (byte < 128) return value;
      }
    };
    while (at < of.length) {
      const tag = number();
      const kind = tag & 7;
      const length = kind === 2 ? number() : kind === 1 ? 8 : kind === 5 ? 4 : 0;
      const start = at;
      if (kind === 0) number();
      else at += length;
      if (Math.floor(tag / 8) === field) found.push(of.subarray(start, at));
    }
    return found;
  };
  const inner = (of: Buffer, ...path: readonly number[]) =>
    path.reduce((part, field) => values(part, field)[0] ?? Buffer.alloc(0), of);

  const framed = (content: Buffer) => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(content.length, 1);
    return Buffer.concat([head, content]);
  };
  const frames = (received: Buffer) => {
    const found: Buffer[] = [];
    for (let at = 0; at + 5 <= received.length;) {
      const end = at + 5 + received.readUInt32BE(at + 1);
      found.push(received.subarray(at + 5, end));
      at = end;
    }
    return found;
  };
  const call: MachineApi["call"] = (method, request = Buffer.alloc(0), { node, seconds = 5 } = {}) =>
    new Promise((resolve, reject) => {
      const session = http2.connect(`https://${host.includes(":") ? `[${host}]` : host}:${port}`, {
        ca: decoded("TALOS_CA"),
        cert: decoded("TALOS_CERT"),
        // a name of Go's that OpenSSL does not know
        key: decoded("TALOS_KEY").replaceAll("ED25519 PRIVATE KEY", "PRIVATE KEY"),
        // a certificate of this cluster's authority will do: the machine may be reached by an address that it does not know
        checkServerIdentity: () => undefined,
      });
      const fail = (text: string) => {
        session.destroy();
        reject(new Error(text));
      };
      session.setTimeout(seconds * 1000, () => fail(`no answer in ${seconds} s`));
      session.on("error", (error: Error) => fail(error.message));
      const stream = session.request({
        ":method": "POST",
        ":path": `/${method}`,
        "content-type": "application/grpc",
        te: "trailers",
        ...(node === undefined ? {} : { node }),
      });
      const parts: Buffer[] = [];
      let status: string | undefined;
      let refused = "";
      const look = (headers: Record<string, unknown>) => {
        if (headers["grpc-status"] === undefined) return;
        status = String(headers["grpc-status"]);
        const words = decodeURIComponent(String(headers["grpc-message"] ?? ""));
        if (status !== "0") refused = `the Talos API answers ${status} ${words}`;
      };
      stream.on("response", look).on("trailers", look);
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("error", (error: Error) => {
        // of a connection that was never made the stream says only that it was canceled
        const { message: words } = error.cause instanceof Error ? error.cause : error;
        fail(words);
      });
      stream.on("end", () => {
        if (status === undefined) fail("the connection was closed");
        else if (refused !== "") fail(refused);
        session.destroy();
        resolve(frames(Buffer.concat(parts)));
      });
      stream.end(framed(request));
    });

  const passedOn = (node: string | undefined) => (node === undefined ? {} : { node });
  const unsettled: MachineApi["unsettled"] = async (node) => {
    const asked = message({ 1: "runtime", 2: "MachineStatuses.runtime.talos.dev", 3: "machine" });
    const [answer = Buffer.alloc(0)] = await call("cosi.resource.State/Get", asked, passedOn(node));
    const status = inner(answer, 1, 2, 1);
    const stage = inner(status, 1)[0] ?? 0;
    if (stage !== RUNNING) return `it is ${stages[stage] ?? "being upgraded"}`;
    // without the platform there is no network yet, and no node is ready
    const unmet = values(inner(status, 2), 2)
      .map((condition) => [1, 2].map((field) => inner(condition, field).toString()))
      .filter(([name]) => name !== "nodeReady");
    return unmet.length === 0 ? undefined : unmet.map(([name, reason]) => `${name}: ${reason}`).join(", ");
  };
  const members: MachineApi["members"] = async (node) => {
    const [answer = Buffer.alloc(0)] = await call("machine.MachineService/EtcdMemberList", undefined, passedOn(node));
    return values(inner(answer, 1), 3).map((member) => {
      const peer = inner(member, 4).toString();
      const address = peer === "" ? "" : new URL(peer).hostname.replace(/^\[|\]$/g, "");
      return { id: inner(member, 2), name: inner(member, 3).toString(), address, learner: inner(member, 6)[0] === 1 };
    });
  };
  const unhealthyMember = async () => {
    const ids = (list: readonly EtcdMember[]) =>
      list
        .map(({ id }) => id.toString("hex"))
        .sort()
        .join();
    let own: EtcdMember[];
    try {
      own = await members();
    } catch {
      return undefined;
    }
    for (const { name, address, learner } of own.filter((member) => member.name !== variable("MACHINE"))) {
      const who = `${name} at ${address}`;
      if (learner) return `${who} still learns what etcd holds`;
      try {
        const reason = await unsettled(address);
        if (reason !== undefined) return `${who}: ${reason}`;
        if (ids(await members(address)) !== ids(own)) return `${who} knows other members of etcd`;
      } catch (error) {
        return `${who}: ${(error as Error).message}`;
      }
    }
    return undefined;
  };
  const shownCertificate = () =>
    new Promise<InstanceType<typeof X509Certificate>>((resolve, reject) => {
      // what it shows is looked at here; a machine in maintenance mode cannot prove who it is
      const socket = tls.connect({ host, port: Number(port), rejectUnauthorized: false, timeout: 5000 }, () => {
        resolve(new X509Certificate(socket.getPeerCertificate().raw));
        socket.destroy();
      });
      socket.on("timeout", () => socket.destroy(new Error("no answer in 5 s")));
      socket.on("error", reject);
      socket.on("close", () => reject(new Error("the connection was closed")));
    });
  const owner: MachineApi["owner"] = async () => {
    const shown = await shownCertificate();
    const authority = new X509Certificate(Buffer.from(variable("TALOS_CA"), "base64"));
    const { subject, issuer, validFrom } = shown;
    // machinery's constant MaintenanceServiceCommonName
    if (/^CN=maintenance-service\.talos\.dev$/m.test(subject)) return "nobody";
    if (shown.verify(authority.publicKey)) return "this cluster";
    return { other: `certificate of ${issuer.replaceAll("\n", ", ")}, valid from ${validFrom}` };
  };
  const misnamed: MachineApi["misnamed"] = async () => {
    const shown = await shownCertificate();
    if ((isIP(host) === 0 ? shown.checkHost(host) : shown.checkIP(host)) !== undefined) return undefined;
    return shown.subjectAltName ?? "no name at all";
  };

  const where = `${variable("MACHINE")} at ${host}:${port}`;
  return { where, call, message, values, inner, unsettled, members, unhealthyMember, owner, misnamed };
}
