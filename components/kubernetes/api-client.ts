import * as fs from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import * as path from "node:path";
import { parse } from "yaml";
import { type Fields, fieldsOf } from "../core/fields";
import { InvalidInput } from "../core/problem";

/*
 * As much of a client as single requests need. The official one does not load on Node.js 20, which this project
 * supports, and takes longer to load than all requests of a start together.
 */

/** Seconds until an API server that does not answer is given up. */
const PATIENCE = 30;

export interface KubernetesApi {
  /** Name of the cluster in the kubeconfig. */
  readonly cluster: string;
  /** The answer to a GET; undefined when there is nothing at the path. */
  readonly get: (path: string) => Promise<Fields | undefined>;
  /** Deletes an object or, with a selector, several; nothing to do when there is none. */
  readonly delete: (path: string) => Promise<void>;
  /** Merges fields into an object; null takes one away. */
  readonly patch: (path: string, fields: object) => Promise<void>;
}

/**
 * The API behind a kubeconfig's current context.
 *
 * @param kubeconfig its text, YAML or JSON.
 * @param where what messages call it.
 * @param folder what paths in it are relative to. Default: the working directory.
 * @throws InvalidInput when it names no cluster, or asks for another program to log in.
 */
export function kubernetesApi(kubeconfig: string, where: string, folder = "."): KubernetesApi {
  const config = fieldsOf(yamlOf(kubeconfig));
  const context = named(config["contexts"], config["current-context"], "context");
  const cluster = named(config["clusters"], context["cluster"], "cluster");
  const user = named(config["users"], context["user"], "user");
  const server = cluster["server"];
  if (typeof server !== "string") {
    const fix = "choose one with `kubectl config use-context`";
    throw refusal(where, { given: "no cluster", rule: "must have a current context", fix });
  }
  if (user["exec"] !== undefined || user["auth-provider"] !== undefined) {
    const fix = "make a kubeconfig of a service account that may do this";
    throw refusal(where, { given: "a program that logs in", rule: "only tokens and certificates are used", fix });
  }
  const material = (holder: Fields, name: string) => data(holder, name, folder);
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
  const url = (at: string) => new URL(server.replace(/\/$/, "") + at);
  return {
    cluster: String(context["cluster"]),
    get: (at) => request(url(at), { ...options, method: "GET" }),
    delete: async (at) => void (await request(url(at), { ...options, method: "DELETE" })),
    patch: async (at, fields) => {
      const headers = { ...options.headers, "content-type": "application/merge-patch+json" };
      const found = await request(url(at), { ...options, method: "PATCH", headers }, JSON.stringify(fields));
      if (found === undefined) throw new Error(`PATCH ${url(at).origin}${at}: there is no such object`);
    },
  };
}

function request(url: URL, options: https.RequestOptions, body?: string): Promise<Fields | undefined> {
  const what = `${options.method ?? ""} ${url.origin}${url.pathname}`;
  return new Promise((resolve, reject) => {
    const call = (url.protocol === "http:" ? http : https).request(url, options, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        const body = Buffer.concat(parts).toString("utf8");
        if (status === 404) resolve(undefined);
        else if (status < 200 || status > 299) reject(new Error(`${what} was answered ${status}`));
        else resolve(fieldsOf(JSON.parse(body)));
      });
    });
    call.on("timeout", () => call.destroy(new Error(`${what}: no answer in ${PATIENCE} s`)));
    call.on("error", reject);
    call.end(body);
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

/** What cannot be read names no cluster; its text is never part of a message. */
function yamlOf(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function refusal(where: string, problem: { given: string; rule: string; fix: string }): InvalidInput {
  return new InvalidInput("the kubeconfig", [{ where, ...problem }]);
}
