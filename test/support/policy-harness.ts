import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import * as server from "@pulumi/policy/server";
import type { Policies } from "@pulumi/policy";

/**
 * Runs policies through the functions that answer the engine's calls: the real unpacking of properties, the real
 * treatment of unknown values, the real levels. They are internal to @pulumi/policy 1.21, so this is the one place that
 * knows them.
 */

export interface Diagnostic {
  readonly policy: string;
  readonly level: "advisory" | "mandatory" | "disabled" | "remediate";
  readonly message: string;
  readonly urn: string;
}

export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly props: Record<string, unknown>;
  readonly protect?: boolean;
}

type Callback = (error: Error | null | undefined, response: unknown) => void;
type Rpc = (call: { request: unknown }, callback: Callback) => Promise<void>;
type MakeRpc = (pack: string, version: string, level: string, policies: Policies) => Rpc;

/** Stripped from the declarations because they are internal. */
const { makeAnalyzeRpcFun, makeAnalyzeStackRpcFun, makeRemediateRpcFun } = server as unknown as Record<
  "makeAnalyzeRpcFun" | "makeAnalyzeStackRpcFun" | "makeRemediateRpcFun",
  MakeRpc
>;

const LEVELS = ["advisory", "mandatory", "disabled", "remediate"] as const;

export function urnOf({ type, name }: Registration): string {
  return `urn:pulumi:test::firmament::${type}::${name}`;
}

export async function analyze(policies: Policies, registration: Registration): Promise<Diagnostic[]> {
  const rpc = makeAnalyzeRpcFun("firmament", "0.1.0", "mandatory", policies);
  return diagnostics(await answer<analyzer.AnalyzeResponse>(rpc, requestOf(registration)));
}

export async function analyzeStack(policies: Policies, registrations: readonly Registration[]): Promise<Diagnostic[]> {
  const rpc = makeAnalyzeStackRpcFun("firmament", "0.1.0", "mandatory", policies);
  const request = new analyzer.AnalyzeStackRequest();
  request.setResourcesList(registrations.map(stackResourceOf));
  return diagnostics(await answer<analyzer.AnalyzeResponse>(rpc, request));
}

/** Inputs after each remediation that changed them, by policy. */
export async function remediate(
  policies: Policies,
  registration: Registration,
): Promise<{ readonly policy: string; readonly props: Record<string, unknown> }[]> {
  const rpc = makeRemediateRpcFun("firmament", "0.1.0", "mandatory", policies);
  const response = await answer<analyzer.RemediateResponse>(rpc, requestOf(registration));
  return response.getRemediationsList().flatMap((each) => {
    const props = each.getProperties()?.toJavaScript();
    return props === undefined ? [] : [{ policy: each.getPolicyname(), props: props as Record<string, unknown> }];
  });
}

function requestOf(registration: Registration): analyzer.AnalyzeRequest {
  const request = new analyzer.AnalyzeRequest();
  request.setType(registration.type);
  request.setName(registration.name);
  request.setUrn(urnOf(registration));
  request.setProperties(Struct.fromJavaScript(registration.props as never));
  request.setOptions(optionsOf(registration));
  request.setProvider(providerOf(registration));
  return request;
}

function stackResourceOf(registration: Registration): analyzer.AnalyzerResource {
  const resource = new analyzer.AnalyzerResource();
  resource.setType(registration.type);
  resource.setName(registration.name);
  resource.setUrn(urnOf(registration));
  resource.setProperties(Struct.fromJavaScript(registration.props as never));
  resource.setOptions(optionsOf(registration));
  resource.setProvider(providerOf(registration));
  return resource;
}

/** An explicit provider of the package, as every program of this project makes one. */
function providerOf({ type }: Registration): analyzer.AnalyzerProviderResource | undefined {
  const packageName = type.split(":")[0] ?? "";
  if (packageName === "pulumi") return undefined;
  const provider = new analyzer.AnalyzerProviderResource();
  provider.setType(`pulumi:providers:${packageName}`);
  provider.setName("cluster");
  provider.setUrn(`urn:pulumi:test::firmament::pulumi:providers:${packageName}::cluster`);
  provider.setProperties(Struct.fromJavaScript({}));
  return provider;
}

function optionsOf({ protect }: Registration): analyzer.AnalyzerResourceOptions {
  const options = new analyzer.AnalyzerResourceOptions();
  options.setProtect(protect ?? false);
  return options;
}

function answer<T>(rpc: Rpc, request: unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const callback: Callback = (error, response) =>
      error === undefined || error === null ? resolve(response as T) : reject(error);
    rpc({ request }, callback).catch(reject);
  });
}

function diagnostics(response: analyzer.AnalyzeResponse): Diagnostic[] {
  return response.getDiagnosticsList().map((each) => ({
    policy: each.getPolicyname(),
    level: LEVELS[each.getEnforcementlevel()] ?? "mandatory",
    message: each.getMessage(),
    urn: each.getUrn(),
  }));
}
