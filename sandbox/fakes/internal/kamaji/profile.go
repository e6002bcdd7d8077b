package kamaji

import (
	"fmt"
	"net/netip"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

// profile is what a TenantControlPlane asks for, with Kamaji's defaults.
type profile struct {
	version              string
	port                 int64
	podCIDR, serviceCIDR string
	domain               string
	dns                  string
	address              string
	certSANs             []string
	serviceType          string
	replicas             int64
	cgroupDriver         string
	apiServerArgs        map[string][]string
	coreDNS, kubeProxy   *image
	// konnectivity is the agent's image, its repository with its name.
	konnectivity *image
	sourceRanges []string
	// kubeletPatches are applied to the uploaded KubeletConfiguration.
	kubeletPatches []any
}

// image of an addon, as far as it is overridden.
type image struct{ repository, tag string }

func readProfile(tcp *unstructured.Unstructured) (profile, error) {
	p := profile{
		version:      reconcile.String(tcp, "spec", "kubernetes", "version"),
		port:         6443,
		podCIDR:      or(reconcile.String(tcp, "spec", "networkProfile", "podCidr"), "10.244.0.0/16"),
		serviceCIDR:  or(reconcile.String(tcp, "spec", "networkProfile", "serviceCidr"), "10.96.0.0/16"),
		domain:       or(reconcile.String(tcp, "spec", "networkProfile", "clusterDomain"), tcp.GetAnnotations()[clusterDomainAnnotation]),
		address:      reconcile.String(tcp, "spec", "networkProfile", "address"),
		certSANs:     texts(tcp, "spec", "networkProfile", "certSANs"),
		serviceType:  or(reconcile.String(tcp, "spec", "controlPlane", "service", "serviceType"), "LoadBalancer"),
		replicas:     2,
		cgroupDriver: or(reconcile.String(tcp, "spec", "kubernetes", "kubelet", "cgroupfs"), "systemd"),
	}
	p.domain = or(p.domain, "cluster.local")
	if port, found, _ := unstructured.NestedInt64(tcp.Object, "spec", "networkProfile", "port"); found && port > 0 {
		p.port = port
	}
	if replicas, found, _ := unstructured.NestedInt64(tcp.Object, "spec", "controlPlane", "deployment", "replicas"); found {
		p.replicas = replicas
	}
	p.kubeletPatches, _, _ = unstructured.NestedSlice(tcp.Object, "spec", "kubernetes", "kubelet", "configurationJSONPatches")
	services, err := netip.ParsePrefix(p.serviceCIDR)
	if err != nil {
		return p, fmt.Errorf("serviceCidr %q: %w", p.serviceCIDR, err)
	}
	p.dns = nth(services.Masked().Addr(), 10).String()
	// An address outside of the range is the default of an old CRD, which knows 10.96.0.0/16 only.
	for _, text := range texts(tcp, "spec", "networkProfile", "dnsServiceIPs") {
		if ip, err := netip.ParseAddr(text); err == nil && services.Contains(ip) {
			p.dns = text
			break
		}
	}
	p.apiServerArgs = parseArgs(texts(tcp, "spec", "controlPlane", "deployment", "extraArgs", "apiServer"))
	if plugins := texts(tcp, "spec", "kubernetes", "admissionControllers"); len(plugins) > 0 {
		p.apiServerArgs["enable-admission-plugins"] = []string{strings.Join(withNodeRestriction(plugins), ",")}
	}
	p.coreDNS, p.kubeProxy = addon(tcp, "coreDNS"), addon(tcp, "kubeProxy")
	if _, found, _ := unstructured.NestedMap(tcp.Object, "spec", "addons", "konnectivity"); found {
		agent := []string{"spec", "addons", "konnectivity", "agent"}
		p.konnectivity = &image{
			repository: reconcile.String(tcp, append(agent, "image")...), tag: reconcile.String(tcp, append(agent, "version")...),
		}
	}
	p.sourceRanges = texts(tcp, "spec", "networkProfile", "loadBalancerSourceRanges")
	return p, nil
}

// withNodeRestriction keeps joined nodes from changing others, which kubeadm clusters rely on.
func withNodeRestriction(plugins []string) []string {
	for _, plugin := range plugins {
		if plugin == "NodeRestriction" {
			return plugins
		}
	}
	return append(plugins, "NodeRestriction")
}

func addon(tcp *unstructured.Unstructured, name string) *image {
	fields, found, _ := unstructured.NestedMap(tcp.Object, "spec", "addons", name)
	if !found {
		return nil
	}
	repository, _ := fields["imageRepository"].(string)
	tag, _ := fields["imageTag"].(string)
	return &image{repository: repository, tag: tag}
}

// parseArgs reads flags as they are written on a command line.
func parseArgs(args []string) map[string][]string {
	out := map[string][]string{}
	for _, arg := range args {
		name, value, found := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if !found {
			value = "true"
		}
		out[name] = append(out[name], value)
	}
	return out
}

func nth(addr netip.Addr, n int) netip.Addr {
	for range n {
		addr = addr.Next()
	}
	return addr
}

func or(value, otherwise string) string {
	if value != "" {
		return value
	}
	return otherwise
}
