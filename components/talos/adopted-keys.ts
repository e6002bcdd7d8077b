import type { machine } from "@pulumiverse/talos/types/output";
import { parse } from "yaml";
import type { Concealed } from "../core/concealed";
import { type Fields, fieldsOf } from "../core/fields";
import type { Problem } from "../core/problem";
import type { BaseSettings } from "./settings";

/** Keys of a cluster that exists, as the provider takes them. */
export interface AdoptedKeys {
  readonly machineSecrets: machine.MachineSecrets;
  readonly clientConfiguration: machine.ClientConfiguration;
}

/**
 * The keys of a cluster that is adopted (machinery 1.13.0, generate/secrets and client/config).
 *
 * @throws Error where settings were not checked.
 */
export function adoptedKeys({ adopted }: Pick<BaseSettings, "adopted">): AdoptedKeys | undefined {
  if (adopted === undefined) return undefined;
  const secrets = yamlOf(adopted.secrets);
  const context = contextOf(yamlOf(adopted.talosconfig));
  const at = (...path: readonly string[]) => textAt(secrets, path);
  const pair = (name: string) => ({ cert: at("certs", name, "crt"), key: at("certs", name, "key") });
  const older = at("secrets", "aescbcencryptionsecret");
  return {
    machineSecrets: {
      cluster: { id: at("cluster", "id"), secret: at("cluster", "secret") },
      secrets: {
        bootstrapToken: at("secrets", "bootstraptoken"),
        secretboxEncryptionSecret: at("secrets", "secretboxencryptionsecret"),
        ...(older === "" ? {} : { aescbcEncryptionSecret: older }),
      },
      trustdinfo: { token: at("trustdinfo", "token") },
      certs: {
        etcd: pair("etcd"),
        k8s: pair("k8s"),
        k8sAggregator: pair("k8saggregator"),
        k8sServiceaccount: { key: at("certs", "k8sserviceaccount", "key") },
        os: pair("os"),
      },
    },
    clientConfiguration: {
      caCertificate: textAt(context, ["ca"]),
      clientCertificate: textAt(context, ["crt"]),
      clientKey: textAt(context, ["key"]),
    },
  };
}

/** What is missing, without showing what is there. */
export function adoptionProblems({ adopted }: Pick<BaseSettings, "adopted">): Problem[] {
  if (adopted === undefined) return [];
  const texts = (["secrets", "talosconfig"] as const).filter((key) => adopted[key] === undefined);
  if (texts.length > 0) return texts.map((key) => problem(key, "missing", "must be the text of the file"));
  const keys = readable(() => adoptedKeys({ adopted }));
  if (keys === undefined) return [problem("secrets", "no YAML", "must be the text of the file")];
  const { machineSecrets, clientConfiguration } = keys;
  const missing = [
    ...emptyIn(machineSecrets).map((path) => problem("secrets", `no ${path}`, "must be all secrets of the cluster")),
    ...emptyIn(clientConfiguration).map((path) =>
      problem("talosconfig", `no ${path}`, "its current context must have an authority, a certificate and a key"),
    ),
  ];
  if (missing.length > 0 || machineSecrets.certs.os.cert === clientConfiguration.caCertificate) return missing;
  return [problem("talosconfig", "another cluster's", "must be of the same authority as the secrets (certs.os)")];
}

function problem(key: string, given: string, rule: string): Problem {
  const command = `pulumi config set --secret --path firmament:adopted.${key} < file`;
  return { where: `adopted.${key}`, given, rule, fix: `set it with \`${command}\`` };
}

function yamlOf(text: Concealed | undefined): Fields {
  return fieldsOf(parse(text?.reveal() ?? ""));
}

function contextOf(talosconfig: Fields): Fields {
  const { context, contexts } = talosconfig;
  return typeof context === "string" ? fieldsOf(fieldsOf(contexts)[context]) : {};
}

function textAt(fields: Fields, path: readonly string[]): string {
  const found = path.reduce<unknown>((value, key) => fieldsOf(value)[key], fields);
  return typeof found === "string" ? found : "";
}

/** Paths of what is empty. */
function emptyIn(value: object, path = ""): string[] {
  return Object.entries(value).flatMap(([key, each]: [string, unknown]) => {
    const at = path === "" ? key : `${path}.${key}`;
    if (typeof each === "object" && each !== null) return emptyIn(each, at);
    return each === "" ? [at] : [];
  });
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
