import type { ValidatingAdmissionPolicySpec } from "../../../kubernetes/admission-policy";

/**
 * Domains of annotations by which something in a management cluster gives a Service what is not its owner's: addresses,
 * pools, shared addresses, names in DNS. Those of implementations that the platform does not have are among them: what is
 * installed beside it reads them too.
 *
 * Sources: metallb.io/usage (metallb.universe.tf before 0.15), docs.cilium.io (LB IPAM; io.cilium before 1.15),
 * kube-vip.io, purelb.gitlab.io, kubernetes-sigs.github.io/external-dns.
 */
export const RESERVED_DOMAINS: readonly string[] = [
  "metallb.io",
  "metallb.universe.tf",
  "cilium.io",
  "io.cilium",
  "kube-vip.io",
  "purelb.io",
  "external-dns.alpha.kubernetes.io",
];

/**
 * What Services may not ask for that an account of their own namespace makes. Kamaji's for the APIs of tenants are not
 * among them: its account is elsewhere, and their addresses are the operator's settings.
 *
 * An annotation that is there already may stay: what gives an address notes on the Service where it is from, and the
 * cloud controller writes the Service back as it read it.
 */
export function tenantServices(): ValidatingAdmissionPolicySpec {
  const domains = `[${RESERVED_DOMAINS.map((each) => `'${each}'`).join(", ")}]`;
  return {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [
        { apiGroups: [""], apiVersions: ["v1"], resources: ["services"], operations: ["CREATE", "UPDATE"] },
      ],
    },
    matchConditions: [
      {
        name: "by-an-account-of-the-namespace",
        expression: "request.userInfo.username.startsWith('system:serviceaccount:' + request.namespace + ':')",
      },
    ],
    variables: [
      { name: "annotations", expression: "has(object.metadata.annotations) ? object.metadata.annotations : {}" },
      {
        name: "before",
        expression: "oldObject != null && has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {}",
      },
      {
        name: "reserved",
        expression:
          `variables.annotations.filter(key, ${domains}.exists(domain, ` +
          "key.startsWith(domain + '/') || key.contains('.' + domain + '/')) && " +
          "!(key in variables.before && variables.before[key] == variables.annotations[key]))",
      },
    ],
    validations: [
      {
        expression: "variables.reserved.size() == 0",
        message: "annotations of what gives addresses — are the platform's; remove them from the Service",
        messageExpression:
          "'annotations: ' + variables.reserved.join(', ') + ' — are the platform\\'s to set; remove them from the Service'",
      },
      {
        expression: "!has(object.spec.loadBalancerIP) || object.spec.loadBalancerIP == ''",
        message: "spec.loadBalancerIP — the platform chooses addresses; remove it from the Service",
      },
      {
        expression: "!has(object.spec.externalIPs) || object.spec.externalIPs.size() == 0",
        message:
          "spec.externalIPs — would take traffic to addresses of others (CVE-2020-8554); remove them from the Service",
      },
      {
        expression: "!has(object.spec.loadBalancerClass)",
        message: "spec.loadBalancerClass — the platform chooses what gives the address; remove it from the Service",
      },
    ],
  };
}
