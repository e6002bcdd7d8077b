import type { Rule } from "../rule";
import { hostNamespaces, hostPath, hostPorts, privileged } from "./host";

export const workloadRules: readonly Rule[] = [hostNamespaces, privileged, hostPath, hostPorts];
