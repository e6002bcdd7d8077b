import { kind, type Manifest, type ObjectMeta } from "./manifest";
import type { LabelSelector } from "./network-policy";

/*
 * Policies that the API server itself enforces (admissionregistration.k8s.io/v1, since Kubernetes 1.30): expressions in
 * the Common Expression Language.
 */

export interface Validation {
  /** True where a request is fine. */
  readonly expression: string;
  /** What the client is told else, and where it cannot be computed. */
  readonly message: string;
  /** Computes what the client is told. */
  readonly messageExpression?: string;
}

export interface ValidatingAdmissionPolicySpec {
  readonly failurePolicy: "Fail" | "Ignore";
  readonly matchConstraints: {
    readonly resourceRules: readonly {
      readonly apiGroups: readonly string[];
      readonly apiVersions: readonly string[];
      readonly resources: readonly string[];
      readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE")[];
    }[];
  };
  /** All of them have to hold for a request to be looked at. */
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  /** Expressions by the name that others use as variables.<name>; each may use those before it. */
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly validations: readonly Validation[];
}

interface Binding {
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly policyName: string;
    readonly validationActions: readonly ("Deny" | "Warn" | "Audit")[];
    readonly matchResources?: { readonly namespaceSelector: LabelSelector };
  };
}

const GROUP = "admissionregistration.k8s.io/v1";

export const ValidatingAdmissionPolicy = kind<Manifest<ValidatingAdmissionPolicySpec>>(
  GROUP,
  "ValidatingAdmissionPolicy",
);

/** Where a policy is in force; without one it is nowhere. */
export const ValidatingAdmissionPolicyBinding = kind<Binding>(GROUP, "ValidatingAdmissionPolicyBinding");
