import { stringify } from "yaml";
import { type Fields, fieldsOf } from "../../components/core/fields";
import { InvalidInput } from "../../components/core/problem";
import type { Engine } from "../engine";
import { machinesOfState } from "./of-state";

/**
 * The secrets of a cluster as `talosctl gen secrets` writes them: with this file, and a snapshot of etcd, a cluster can be
 * made again whose Pulumi state is lost. Whoever has it owns the cluster.
 *
 * @returns YAML (machinery 1.13.0, generate/secrets: fields in lower case, certificates as base64 of PEM).
 * @throws InvalidInput when the stack has no machines or was adopted, OperationFailed when its state cannot be read.
 */
export async function secretsOf(engine: Pick<Engine, "exportState">, stack: string): Promise<string> {
  const { secrets } = await machinesOfState(engine, stack);
  if (secrets === undefined) {
    const rule = "the keys of an adopted cluster are in its stack file";
    const fix = `run \`pulumi config get --path firmament:adopted.secrets --stack ${stack}\``;
    throw new InvalidInput(`stack ${stack}`, [{ where: stack, given: "adopted", rule, fix }]);
  }
  const { cluster, secrets: keys, trustdinfo, certs } = fieldsOf(secrets["machineSecrets"]);
  const pair = (name: string) => {
    const { cert, key } = fieldsOf(fieldsOf(certs)[name]);
    return cert === undefined ? { key } : { crt: cert, key };
  };
  return stringify({
    cluster: only(cluster, { id: "id", secret: "secret" }),
    secrets: only(keys, {
      bootstraptoken: "bootstrapToken",
      aescbcencryptionsecret: "aescbcEncryptionSecret",
      secretboxencryptionsecret: "secretboxEncryptionSecret",
    }),
    trustdinfo: only(trustdinfo, { token: "token" }),
    certs: {
      etcd: pair("etcd"),
      k8s: pair("k8s"),
      k8saggregator: pair("k8sAggregator"),
      k8sserviceaccount: pair("k8sServiceaccount"),
      os: pair("os"),
    },
  });
}

/** Fields under other names; without those that are not there. */
function only(value: unknown, names: Readonly<Record<string, string>>): Fields {
  const fields = fieldsOf(value);
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, from]) => {
      const field = fields[from];
      return field === undefined || field === "" ? [] : [[name, field]];
    }),
  );
}
