import { generateKeyPairSync, randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import * as https from "node:https";
import * as path from "node:path";
import { type Fields, fieldsOf } from "../../components/core/fields";
import { freePort, type Processes, until } from "./processes";

export interface ClusterPrograms {
  readonly etcd: string;
  readonly kubeApiserver: string;
}

/**
 * An API server with an etcd of its own, for one proof: nobody else is asked, and nothing of a cloud is touched. It has
 * no controllers but those that the proof is about, and listens on loopback only.
 */
export class ThrowawayCluster {
  private constructor(
    private readonly agent: https.Agent,
    private readonly port: number,
    private readonly token: string,
    /** File of the administrator's kubeconfig. */
    readonly kubeconfig: string,
  ) {}

  static async start(processes: Processes, programs: ClusterPrograms, services: string): Promise<ThrowawayCluster> {
    const { folder } = processes;
    const [port, client, peer] = [await freePort(), await freePort(), await freePort()];
    const token = randomBytes(24).toString("hex");
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = path.join(folder, "accounts.key");
    await fs.writeFile(key, privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
    await fs.writeFile(path.join(folder, "tokens.csv"), `${token},prover,prover,system:masters\n`, { mode: 0o600 });

    const etcd = `http://127.0.0.1:${client}`;
    processes.start("etcd", programs.etcd, [
      `--data-dir=${folder}/etcd`,
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
      "--unsafe-no-fsync",
    ]);
    processes.start("kube-apiserver", programs.kubeApiserver, [
      `--etcd-servers=${etcd}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${port}`,
      `--cert-dir=${folder}/certificates`,
      `--service-cluster-ip-range=${services}`,
      `--token-auth-file=${folder}/tokens.csv`,
      "--authorization-mode=RBAC",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      // pods are only looked at by the network: no accounts are made for them, and none of their containers runs
      "--disable-admission-plugins=ServiceAccount,PodSecurity",
      "--endpoint-reconciler-type=none",
    ]);
    const certificate = path.join(folder, "certificates", "apiserver.crt");
    const ca = await until(
      "the API server's certificate",
      120,
      () => fs.readFile(certificate),
      () => processes.alive(),
    );
    const agent = new https.Agent({ ca, keepAlive: true, maxSockets: 16 });
    const kubeconfig = path.join(folder, "kubeconfig");
    const cluster = new ThrowawayCluster(agent, port, token, kubeconfig);
    await fs.writeFile(kubeconfig, JSON.stringify(configOf(port, token, ca)), { mode: 0o600 });
    await until(
      "the API server",
      120,
      async () => ((await cluster.send("GET", "/readyz")).status === 200 ? true : undefined),
      () => processes.alive(),
    );
    return cluster;
  }

  /** Creates an object; what is there already stays. */
  async create(collection: string, object: object): Promise<void> {
    const { status, body } = await this.send("POST", collection, object);
    if (status === 409 || (status >= 200 && status < 300)) return;
    throw new Error(`POST ${collection}: ${status} ${body}`);
  }

  async remove(place: string): Promise<void> {
    const { status, body } = await this.send("DELETE", place);
    if (status !== 404 && status >= 300) throw new Error(`DELETE ${place}: ${status} ${body}`);
  }

  async list(collection: string): Promise<Fields[]> {
    const { status, body } = await this.send("GET", collection);
    if (status !== 200) throw new Error(`GET ${collection}: ${status}`);
    const { items } = fieldsOf(JSON.parse(body));
    return Array.isArray(items) ? items.map(fieldsOf) : [];
  }

  close(): void {
    this.agent.destroy();
  }

  private send(method: string, at: string, object?: object): Promise<{ status: number; body: string }> {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port: this.port, path: at, method, headers, agent: this.agent };
      const call = https.request(options, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString("utf8") }),
        );
      });
      call.on("error", reject);
      call.end(object === undefined ? undefined : JSON.stringify(object));
    });
  }
}

function configOf(port: number, token: string, ca: Buffer): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "prover",
    contexts: [{ name: "prover", context: { cluster: "throwaway", user: "prover" } }],
    clusters: [
      {
        name: "throwaway",
        cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority-data": ca.toString("base64") },
      },
    ],
    users: [{ name: "prover", user: { token } }],
  };
}
