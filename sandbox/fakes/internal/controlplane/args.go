package controlplane

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// owned are flags a caller cannot change: without them the process would not be the sandbox's.
var owned = map[string]bool{
	"bind-address": true, "secure-port": true, "advertise-address": true, "etcd-servers": true, "etcd-prefix": true,
	"etcd-cafile": true, "etcd-certfile": true, "etcd-keyfile": true, "client-ca-file": true,
	"tls-cert-file": true, "tls-private-key-file": true, "endpoint-reconciler-type": true,
	// They point at files of a machine, which a simulated one does not have.
	"audit-policy-file": true, "audit-log-path": true,
}

func apiServerArgs(cfg Config, m *material) []string {
	args := map[string][]string{
		"bind-address":      {cfg.Host},
		"secure-port":       {strconv.Itoa(cfg.Port)},
		"advertise-address": {cfg.Host},
		// A loopback address cannot be the endpoint of the Service "kubernetes".
		"endpoint-reconciler-type":           {"none"},
		"etcd-servers":                       {strings.Join(cfg.Etcd.Servers, ",")},
		"etcd-cafile":                        {m.etcdCA},
		"etcd-certfile":                      {m.etcdCert},
		"etcd-keyfile":                       {m.etcdKey},
		"client-ca-file":                     {m.caFile},
		"tls-cert-file":                      {m.servingCert},
		"tls-private-key-file":               {m.servingKey},
		"kubelet-client-certificate":         {m.kubeletClientCert},
		"kubelet-client-key":                 {m.kubeletClientKey},
		"requestheader-client-ca-file":       {m.aggregatorCA},
		"requestheader-allowed-names":        {"front-proxy-client"},
		"requestheader-username-headers":     {"X-Remote-User"},
		"requestheader-group-headers":        {"X-Remote-Group"},
		"requestheader-extra-headers-prefix": {"X-Remote-Extra-"},
		"proxy-client-cert-file":             {m.proxyCert},
		"proxy-client-key-file":              {m.proxyKey},
		"service-account-issuer":             {cfg.Endpoint},
		"service-account-key-file":           {m.saPublic},
		"service-account-signing-key-file":   {m.saKey},
		"service-cluster-ip-range":           {strings.Join(cfg.ServiceCIDRs, ",")},
		"authorization-mode":                 {"Node,RBAC"},
		"enable-admission-plugins":           {"NodeRestriction"},
		"enable-bootstrap-token-auth":        {"true"},
		"allow-privileged":                   {"true"},
		"anonymous-auth":                     {"true"},
		"profiling":                          {"false"},
		"v":                                  {"1"},
	}
	if cfg.Etcd.Prefix != "" {
		args["etcd-prefix"] = []string{cfg.Etcd.Prefix}
	}
	if m.encryption != "" {
		args["encryption-provider-config"] = []string{m.encryption}
	}
	if m.admission != "" {
		args["admission-control-config-file"] = []string{m.admission}
	}
	for name, values := range cfg.APIServerArgs {
		if !owned[name] {
			args[name] = values
		}
	}
	return flags(args)
}

func managerArgs(cfg Config, m *material, port int) []string {
	args := map[string][]string{
		"bind-address":                     {"127.0.0.1"},
		"secure-port":                      {strconv.Itoa(port)},
		"kubeconfig":                       {m.managerConfig},
		"authentication-kubeconfig":        {m.managerConfig},
		"authorization-kubeconfig":         {m.managerConfig},
		"controllers":                      {"*,bootstrap-signer-controller,token-cleaner-controller"},
		"cluster-signing-cert-file":        {m.caFile},
		"cluster-signing-key-file":         {m.caKeyFile},
		"root-ca-file":                     {m.caFile},
		"service-account-private-key-file": {m.saKey},
		"use-service-account-credentials":  {"true"},
		"service-cluster-ip-range":         {strings.Join(cfg.ServiceCIDRs, ",")},
		"cluster-name":                     {cfg.Name},
		"leader-elect":                     {"false"},
		// On a machine busy with other things a heartbeat may be late.
		"node-monitor-grace-period": {"2m"},
		"profiling":                 {"false"},
		"v":                         {"1"},
	}
	if len(cfg.PodCIDRs) > 0 {
		args["allocate-node-cidrs"] = []string{"true"}
		args["cluster-cidr"] = []string{strings.Join(cfg.PodCIDRs, ",")}
	}
	return flags(args)
}

func schedulerArgs(m *material, port int) []string {
	return flags(map[string][]string{
		"bind-address":              {"127.0.0.1"},
		"secure-port":               {strconv.Itoa(port)},
		"kubeconfig":                {m.schedulerConfig},
		"authentication-kubeconfig": {m.schedulerConfig},
		"authorization-kubeconfig":  {m.schedulerConfig},
		"leader-elect":              {"false"},
		"profiling":                 {"false"},
		"v":                         {"1"},
	})
}

func flags(args map[string][]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(args)) {
		for _, value := range args[name] {
			out = append(out, "--"+name+"="+value)
		}
	}
	return out
}
