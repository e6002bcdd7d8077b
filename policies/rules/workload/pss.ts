import type { PodRule } from "../../engine/rule";
import * as confinement from "./confinement";
import * as host from "./host";
import * as privileges from "./privileges";
import * as seccomp from "./seccomp";

/** The Pod Security Standards: baseline, then restricted. */
export const podSecurityRules: readonly PodRule[] = [
  host.hostNamespaces,
  host.privileged,
  privileges.capabilitiesBaseline,
  host.hostPath,
  host.hostPorts,
  host.hostProbes,
  confinement.appArmor,
  confinement.seLinux,
  confinement.procMount,
  confinement.procMountRestricted,
  seccomp.seccompBaseline,
  confinement.sysctls,
  host.windowsHostProcess,
  privileges.volumeTypes,
  privileges.privilegeEscalation,
  privileges.runAsNonRoot,
  privileges.runAsUser,
  seccomp.seccompRestricted,
  privileges.capabilitiesRestricted,
];
