import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import { type Fields, fieldsOf } from "../../components/core/fields";
import { InvalidInput } from "../../components/core/problem";
import { readYaml } from "./stack-files";

/*
 * As much of a client as lists need. The official one does not load on Node.js 20, which this project supports.
 */

/** Seconds until an API server that does not answer is given up. */
const PATIENCE = 30;

export interface LiveClient {
  /** Name of the cluster in the kubeconfig. */
  readonly cluster: string;
  /** The answer to a GET; undefined when there is nothing at the path. */
  readonly get: (path: string) => Promise<Fields | undefined>;
}

/**
 * @param file path of a kubeconfig; KUBECONFIG or ~/.kube/config when left out.
 * @throws InvalidInput when it names no cluster, or asks for another program to log in.
 */
export function connect(file = process.env["KUBECONFIG"] ?? path.join(os.homedir(), ".kube", "config")): LiveClient {
  const config = fieldsOf(readYaml(file));
  const context = named(config["contexts"], config["current-context"], "context");
  const cluster = named(config["clusters"], context["cluster"], "cluster");
  const user = named(config["users"], context["user"], "user");
  const server = cluster["server"];
  if (typeof server !== "string")
    throw refusal(file, "no cluster", "must have a current context", "choose one with `kubectl config use-context`");
  if (user["exec"] !== undefined || user["auth-provider"] !== undefined) {
    throw refusal(
      file,
      "a program that logs in",
      "only tokens and certificates are used",
      "make a kubeconfig of a service account that may list",
    );
  }
  const material = (holder: Fields, name: string) => data(holder, name, path.dirname(file));
  const options: https.RequestOptions = {
    ca: material(cluster, "certificate-authority"),
    cert: material(user, "client-certificate"),
    key: material(user, "client-key"),
    rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
    headers: {
      accept: "application/json",
      ...(typeof user["token"] === "string" ? { authorization: `Bearer ${user["token"]}` } : {}),
    },
    timeout: PATIENCE * 1000,
  };
  return { cluster: String(context["cluster"]), get: (at) => get(new URL(server.replace(/\/$/, "") + at), options) };
}

function get(url: URL, options: https.RequestOptions): Promise<Fields | undefined> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "http:" ? http : https).get(url, options, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        if (status === 404) resolve(undefined);
        else if (status !== 200) reject(new Error(`GET ${url.pathname} was answered ${status}`));
        else resolve(fieldsOf(JSON.parse(Buffer.concat(parts).toString("utf8"))));
      });
    });
    request.on("timeout", () => request.destroy(new Error(`GET ${url.pathname}: no answer in ${PATIENCE} s`)));
    request.on("error", reject);
  });
}

/** `<name>-data` in base64, or the file that `<name>` names. */
function data(holder: Fields, name: string, folder: string): Buffer | undefined {
  const [inline, file] = [holder[`${name}-data`], holder[name]];
  if (typeof inline === "string") return Buffer.from(inline, "base64");
  return typeof file === "string" ? fs.readFileSync(path.resolve(folder, file)) : undefined;
}

function named(list: unknown, name: unknown, key: string): Fields {
  const all = Array.isArray(list) ? list.map(fieldsOf) : [];
  return fieldsOf(all.find((each) => each["name"] === name)?.[key]);
}

function refusal(where: string, given: string, rule: string, fix: string): InvalidInput {
  return new InvalidInput("--live", [{ where, given, rule, fix }]);
}
