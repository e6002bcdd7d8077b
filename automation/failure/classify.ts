import { InvalidInput } from "../../components/core/problem";
import type { Diagnostic } from "../engine-events";
import { type FailureKind, FAILURES } from "./kinds";
import { type Lock, locksIn, type Processes } from "./locks";

/** Why an operation on a stack did not come to its end, for programs and for people. */
export interface Failure {
  readonly kind: FailureKind;
  /** Whether the same call may succeed later without anybody's doing. */
  readonly retryable: boolean;
  /** What to do. */
  readonly advice: string;
  /** URN of the resource that failed first; nothing where no single resource did. */
  readonly urn?: string;
  /** Who holds the stack, where it is locked and the backend says. */
  readonly locks: readonly Lock[];
}

/** What is known of an operation that failed. */
export interface Evidence {
  readonly stack: string;
  /** What the Automation API or the CLI's caller threw. Its name says what it is: its classes are not loaded for that. */
  readonly thrown: unknown;
  /** Errors that the engine reported, in their order. */
  readonly diagnostics: readonly Diagnostic[];
  /** What the CLI wrote. */
  readonly output: string;
  readonly refusedByPolicy: boolean;
  /** Whether the engine found operations without an end when it began. */
  readonly pending: boolean;
  /** Whether the caller's signal was aborted. */
  readonly aborted: boolean;
  /** Whether a stray error of another program in this process may have been taken for one of this. Default: false. */
  readonly disturbed?: boolean;
}

/** Texts of the engine, by what they mean. Those of providers count only where a resource is named. */
const ENGINE = {
  missing: /no stack named .* found/,
  // the last: a lock that was not written to its end, since the disk was full; the engine reads nothing else without
  // saying what it reads
  locked:
    /the stack is currently locked by|\[409\] Conflict: Another update is currently in progress|^error: unexpected end of JSON input$/m,
  "engine-version":
    /unsupported checkpoint version|than what this version of the Pulumi CLI understands|too old to be used by this version of the Pulumi CLI|not supported by this version of the Pulumi CLI|no (resource|language|analyzer|policy) plugin|could not load plugin|the Pulumi CLI cannot be used:/,
  "state-integrity":
    /snapshot integrity failure|failed to verify snapshot|failed to load checkpoint|could not deserialize deployment|refusing to use it|corrupt store/,
  settings:
    /cannot be used:\n {2}|incorrect passphrase|passphrase must be set|PULUMI_CONFIG_PASSPHRASE|[Mm]issing required configuration variable|could not (decrypt|unmarshal) config/,
  interrupted: /Command was killed with SIG|signal: killed/,
  backend:
    /read-only file system|no space left on device|disk quota exceeded|permission denied.*\.pulumi|\.pulumi.*permission denied|PULUMI_ACCESS_TOKEN must be set|pulumi login|could not (open|list) bucket|unable to (open|list) bucket|blob \(|writing the lock|saving (the )?(checkpoint|snapshot)|failed to save snapshot/,
  policy:
    /could not start policy pack|policy pack .* (failed|could not)|(analyzer|policy pack).*(exited|failed to start)/,
} as const satisfies Partial<Record<FailureKind, RegExp>>;

const RELEASE_NAME = /cannot re-use a name that is still in use/;
const PROTECTED = /because it is protected/;
const EXISTS = /already exists|AlreadyExists/;

/** What passes by itself: nobody answers, or not in time, or asks to come back later. */
const TRANSIENT =
  /connection (refused|reset)|i\/o timeout|TLS handshake timeout|context deadline exceeded|deadline exceeded|no route to host|network is unreachable|broken pipe|unexpected EOF|\bEOF\b|Unavailable|currently unable to handle the request|too many requests|etcdserver: (request timed out|leader changed|too many requests)|no such host|temporary failure in name resolution|timed? ?out|not ready|server is (starting|shutting down)|http2: client connection lost|\b500 Internal Server Error|\b50[234]\b|the object has been modified|configured Kubernetes cluster is unreachable/i;

/** What the engine says of work that it gave up since something else had failed. */
const CONSEQUENCE = /context canceled/;

/** Classifies an operation that failed. */
export function failureOf(evidence: Evidence, processes?: Processes): Failure {
  const text = textOf(evidence);
  const locks = locksIn(text, processes);
  const own = evidence.diagnostics.filter(({ urn }) => isResource(urn));
  const kind = kindOf(evidence, text, locks, own);
  const { retryable, advice } = FAILURES[kind];
  const urn = (own.find(({ message }) => !CONSEQUENCE.test(message)) ?? own[0])?.urn;
  return {
    kind,
    // a backend that does not answer is like a provider that does not
    retryable:
      retryable || (kind === "backend" && TRANSIENT.test(text)) || (kind === "program" && evidence.disturbed === true),
    advice: advice.replaceAll("{stack}", evidence.stack),
    ...(urn === undefined ? {} : { urn }),
    locks,
  };
}

function kindOf(evidence: Evidence, text: string, locks: readonly Lock[], own: readonly Diagnostic[]): FailureKind {
  const { thrown, aborted, refusedByPolicy, pending } = evidence;
  if (thrown instanceof InvalidInput)
    return ENGINE["engine-version"].test(thrown.message) ? "engine-version" : "settings";
  const name = thrown instanceof Error ? thrown.name : "";
  if (name === "ConcurrentUpdateError" || ENGINE.locked.test(text)) {
    return locks.length > 0 && locks.every(({ holder }) => holder === "dead") ? "stale-lock" : "locked";
  }
  if (name === "StackNotFoundError" || ENGINE.missing.test(text)) return "missing";
  if (aborted) return "cancelled";
  for (const kind of ["engine-version", "state-integrity", "interrupted"] as const) {
    if (ENGINE[kind].test(text)) return kind;
  }
  // what a provider says of a resource is no word about the stack
  const unnamed = own.length === 0 ? text : diagnosticsText(evidence.diagnostics.filter((each) => !own.includes(each)));
  for (const kind of ["settings", "backend"] as const) if (ENGINE[kind].test(unnamed)) return kind;
  if (refusedByPolicy || ENGINE.policy.test(text)) return "policy";
  if (RELEASE_NAME.test(text)) return "release-name-taken";
  if (PROTECTED.test(text)) return "protected";
  if (pending && EXISTS.test(text)) return "interrupted";
  const causes = own.filter(({ message }) => !CONSEQUENCE.test(message));
  if (own.length > 0)
    return (causes.length > 0 ? causes : own).every(({ message }) => TRANSIENT.test(message))
      ? "provider-transient"
      : "provider-permanent";
  return "program";
}

/** Everything that was said, wherever it was said. */
function textOf({ thrown, diagnostics, output }: Pick<Evidence, "thrown" | "diagnostics" | "output">): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return [diagnosticsText(diagnostics), output, message].join("\n");
}

function diagnosticsText(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(({ message }) => message).join("\n");
}

/** The stack itself is a resource to the engine: what a program throws is reported under its URN. */
function isResource(urn: string | undefined): boolean {
  return urn !== undefined && urn !== "" && !urn.includes("::pulumi:pulumi:Stack::");
}
