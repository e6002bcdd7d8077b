package talos

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/pki"
)

// desired is the control plane a machine configuration asks for. Two equal ones need no restart.
type desired struct {
	Config    controlplane.Config
	EtcdCA    controlplane.CertKey
	Manifests []manifest
}

type manifest struct{ Name, Contents string }

// clusterKey identifies the cluster a control plane belongs to by what its members share for life.
func clusterKey(c config.Provider) string {
	sum := sha256.New()
	_, _ = sum.Write([]byte(c.Cluster().ID() + "\n"))
	if ca := c.Cluster().Etcd().CA(); ca != nil {
		_, _ = sum.Write(ca.Crt)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12]
}

// desire reads the control plane out of a machine configuration.
func desire(c config.Provider) (*desired, error) {
	cluster := c.Cluster()
	host, port, err := endpointOf(c)
	if err != nil {
		return nil, err
	}
	ca, aggregator, etcd := cluster.IssuingCA(), cluster.AggregatorCA(), cluster.Etcd().CA()
	if ca == nil || aggregator == nil || etcd == nil || cluster.ServiceAccount() == nil {
		return nil, errors.New("cluster: ca, aggregatorCA, serviceAccount or etcd.ca is missing")
	}
	d := &desired{
		Config: controlplane.Config{
			Host: host, Port: port, Endpoint: cluster.Endpoint().String(),
			CA:                controlplane.CertKey{Cert: ca.Crt, Key: ca.Key},
			AggregatorCA:      controlplane.CertKey{Cert: aggregator.Crt, Key: aggregator.Key},
			ServiceAccountKey: cluster.ServiceAccount().Key,
			SecretboxKey:      cluster.SecretboxEncryptionSecret(),
			PodCIDRs:          cluster.Network().PodCIDRs(), ServiceCIDRs: cluster.Network().ServiceCIDRs(),
			DNSDomain: cluster.Network().DNSDomain(), CertSANs: cluster.CertSANs(), Scheduler: true,
			APIServerArgs: map[string][]string{},
		},
		EtcdCA: controlplane.CertKey{Cert: etcd.Crt, Key: etcd.Key},
	}
	maps.Copy(d.Config.APIServerArgs, cluster.APIServer().ExtraArgs())
	for _, plugin := range cluster.APIServer().AdmissionControl() {
		if d.Config.AdmissionPlugins == nil {
			d.Config.AdmissionPlugins = map[string]any{}
		}
		d.Config.AdmissionPlugins[plugin.Name()] = plugin.Configuration()
	}
	if allocates := cluster.ControllerManager().ExtraArgs()["allocate-node-cidrs"]; len(allocates) > 0 && allocates[0] == "false" {
		d.Config.PodCIDRs = nil
	}
	for _, m := range cluster.InlineManifests() {
		d.Manifests = append(d.Manifests, manifest{m.Name(), m.Contents()})
	}
	return d, nil
}

// endpointOf is where the API server has to listen so that the configured endpoint is true.
func endpointOf(c config.Provider) (string, int, error) {
	endpoint := c.Cluster().Endpoint()
	if endpoint == nil {
		return "", 0, errNoEndpoint
	}
	ip := net.ParseIP(endpoint.Hostname())
	port, err := strconv.Atoi(endpoint.Port())
	if ip == nil || !ip.IsLoopback() || err != nil {
		return "", 0, fmt.Errorf("cluster.controlPlane.endpoint: %s — the sandbox starts the API server there, so it must be a loopback address with a port; use the endpoint in the status of the sandbox", endpoint)
	}
	return ip.String(), port, nil
}

// acceptable reports, before Bootstrap promises anything, whether a control plane can be started from a configuration.
func (f *Fleet) acceptable(c config.Provider) error {
	_, err := desire(c)
	return err
}

// adminKubeconfig is what talosctl kubeconfig gives. Its certificate lives as long as configured, or as a scenario wants.
func adminKubeconfig(c config.Provider, lifetime time.Duration) ([]byte, error) {
	cluster := c.Cluster()
	ca, err := pki.ParseCA(cluster.IssuingCA().Crt, cluster.IssuingCA().Key)
	if err != nil {
		return nil, fmt.Errorf("cluster CA: %w", err)
	}
	admin := cluster.AdminKubeconfig()
	if lifetime == 0 {
		lifetime = admin.CertLifetime()
	}
	if lifetime == 0 {
		lifetime = 365 * 24 * time.Hour
	}
	pair, err := ca.Issue(pki.Leaf{
		CommonName: admin.CommonName(), Organizations: []string{admin.CertOrganization()}, Client: true, Validity: lifetime,
	})
	if err != nil {
		return nil, err
	}
	name := cluster.Name()
	user := admin.CommonName() + "@" + name
	out := clientcmdapi.NewConfig()
	out.Clusters[name] = &clientcmdapi.Cluster{Server: cluster.Endpoint().String(), CertificateAuthorityData: ca.CertPEM}
	out.AuthInfos[user] = &clientcmdapi.AuthInfo{ClientCertificateData: pair.CertPEM, ClientKeyData: pair.KeyPEM}
	out.Contexts[user] = &clientcmdapi.Context{Cluster: name, AuthInfo: user, Namespace: "default"}
	out.CurrentContext = user
	return clientcmd.Write(*out)
}

// kubeletVersion is the tag of the kubelet's image.
func kubeletVersion(c config.Provider) string {
	image := c.Machine().Kubelet().Image()
	image, _, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(image, ':'); i >= 0 {
		return image[i+1:]
	}
	return ""
}
