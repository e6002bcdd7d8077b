import type { Rule } from "../../engine/rule";
import * as accounts from "./accounts";
import { poolAddresses } from "./address-pools";
import * as availability from "./availability";
import * as disruption from "./disruption";
import * as hostFiles from "./host-files";
import * as images from "./images";
import * as ingress from "./ingress";
import * as contents from "./namespace-contents";
import * as namespaces from "./namespaces";
import * as networkPolicies from "./network-policies";
import * as objects from "./objects";
import { podSecurityRules } from "./pss";
import * as podNetwork from "./pod-network";
import * as bindings from "./rbac-bindings";
import { escalate } from "./rbac-escalation";
import * as roles from "./rbac-roles";
import * as resources from "./resources";
import * as secrets from "./secrets";
import * as services from "./services";
import { spread } from "./spread";

export { podSecurityRules };

export const workloadRules: readonly Rule[] = [
  ...podSecurityRules,
  hostFiles.runtimeSocket,
  hostFiles.hostPathWritable,
  hostFiles.rootFilesystem,
  images.imageTag,
  images.imageDigest,
  images.imageRegistry,
  images.imagePullPolicy,
  resources.requests,
  resources.limits,
  resources.limitsCpu,
  resources.ephemeral,
  availability.readiness,
  availability.liveness,
  availability.replicas,
  disruption.budgetPresent,
  disruption.budgetBlocks,
  spread,
  availability.nakedPod,
  availability.ephemeralContainers,
  accounts.tokenAutomount,
  accounts.defaultAccount,
  accounts.tokenSecret,
  namespaces.defaultNamespace,
  namespaces.systemNamespace,
  namespaces.securityLabels,
  namespaces.securityLevel,
  contents.denyByDefault,
  networkPolicies.allowAll,
  contents.quotaPresent,
  contents.limitRangePresent,
  secrets.envPlain,
  secrets.envRef,
  secrets.configMap,
  secrets.inline,
  roles.wildcard,
  bindings.clusterAdmin,
  escalate,
  roles.secretsRead,
  roles.podsCreate,
  roles.podsExec,
  roles.nodesProxy,
  roles.webhooks,
  roles.csrApprove,
  roles.tokenCreate,
  roles.volumeCreate,
  bindings.anonymous,
  bindings.systemGroups,
  bindings.defaultAccountBound,
  roles.endpointsEdit,
  services.externalIps,
  services.nodePort,
  services.loadBalancer,
  services.sourceRanges,
  services.externalName,
  ingress.tls,
  ingress.wildcardHost,
  ingress.hostUnique,
  ingress.snippets,
  objects.deprecatedApi,
  objects.duplicateEnv,
  objects.failClosed,
  objects.volumeHostPath,
  podNetwork.multusPrimary,
  podNetwork.socketLoadBalancer,
  podNetwork.hostFirewall,
  poolAddresses,
];
