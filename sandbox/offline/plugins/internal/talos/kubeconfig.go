package talos

import (
	"context"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"k8s.io/client-go/tools/clientcmd"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

func kubernetesClientSchema() schema {
	return schema{"host": {}, "caCertificate": {}, "clientCertificate": {}, "clientKey": {secret: true}}
}

// kubeconfigResource is talos:cluster/kubeconfig:Kubeconfig.
func kubeconfigResource(now clock) *planned {
	return &planned{
		schema: schema{
			"node":                       {required: true},
			"endpoint":                   {computed: true},
			"clientConfiguration":        {kind: object, required: true, fields: clientSchema(false)},
			"certificateRenewalDuration": {computed: true, fallback: "720h"},
			"timeouts":                   timeoutsSchema("create", "update"),
			"kubeconfigRaw":              {output: true, computed: true, stable: true, secret: true},
			"kubernetesClientConfiguration": {
				kind: object, output: true, computed: true, stable: true, fields: kubernetesClientSchema(),
			},
		},
		validate: validateRenewal,
		refine: func(_ context.Context, p *plan) error {
			if !endpointFromNode(p) || p.prior == nil {
				return nil
			}
			ending, err := kubeconfigEnds(p, now())
			if err != nil || !ending {
				return err
			}
			p.state["kubeconfigRaw"] = provider.Unknown()
			p.state["kubernetesClientConfiguration"] = provider.Unknown()
			return nil
		},
		create: func(ctx context.Context, p *plan) (string, error) { return fetchKubeconfig(ctx, p.state, "create") },
		update: func(ctx context.Context, p *plan) error {
			if p.state["kubeconfigRaw"].IsString() {
				return nil
			}
			_, err := fetchKubeconfig(ctx, p.state, "update")
			return err
		},
	}
}

func validateRenewal(inputs resource.PropertyMap) []plugin.CheckFailure {
	written := textOf(inputs, "certificateRenewalDuration")
	if written == "" {
		return nil
	}
	if _, err := time.ParseDuration(written); err != nil {
		return []plugin.CheckFailure{{
			Property: "certificateRenewalDuration",
			Reason:   fmt.Sprintf("certificateRenewalDuration: %q — must be a duration such as 720h; correct it", written),
		}}
	}
	return nil
}

// kubeconfigEnds reports whether the stored client certificate ends within the renewal window.
func kubeconfigEnds(p *plan, now time.Time) (bool, error) {
	certificate := textOf(fieldsOf(p.prior, "kubernetesClientConfiguration"), "clientCertificate")
	if certificate == "" {
		return false, nil
	}
	end, err := certificateEnd(certificate)
	if err != nil {
		return false, fmt.Errorf("kubernetesClientConfiguration.clientCertificate in the state: %w", err)
	}
	written := textOf(p.state, "certificateRenewalDuration")
	window, err := time.ParseDuration(written)
	if err != nil {
		return false, fmt.Errorf("certificateRenewalDuration: %q — must be a duration such as 720h: %w", written, err)
	}
	return end.Before(now.Add(window)), nil
}

// fetchKubeconfig asks the machine and puts the answer into values. The name of the cluster is the resource's id.
func fetchKubeconfig(ctx context.Context, values resource.PropertyMap, operation resource.PropertyKey) (string, error) {
	timeout, err := timeoutOf(values, operation)
	if err != nil {
		return "", err
	}
	target, err := machineOf(values, fieldsOf(values, "clientConfiguration"))
	if err != nil {
		return "", err
	}
	var raw []byte
	err = target.callUntil(ctx, timeout, func(ctx context.Context, c *client.Client) error {
		var err error
		raw, err = c.Kubeconfig(ctx)
		return err //nolint:wrapcheck // the code of the status decides about trying again
	})
	if err != nil {
		return "", fmt.Errorf("fetch kubeconfig from %s: %w", target.node, err)
	}
	parts, cluster, err := splitKubeconfig(raw)
	if err != nil {
		return "", fmt.Errorf("kubeconfig from %s: %w", target.node, err)
	}
	values["kubeconfigRaw"] = resource.NewProperty(string(raw))
	values["kubernetesClientConfiguration"] = resource.NewProperty(parts)
	return cluster, nil
}

// splitKubeconfig reads what the current context points to.
func splitKubeconfig(raw []byte) (resource.PropertyMap, string, error) {
	config, err := clientcmd.Load(raw)
	if err != nil {
		return nil, "", fmt.Errorf("cannot be read: %w", err)
	}
	current, ok := config.Contexts[config.CurrentContext]
	if !ok {
		return nil, "", fmt.Errorf("has no context %q, which it calls current", config.CurrentContext)
	}
	cluster, user := config.Clusters[current.Cluster], config.AuthInfos[current.AuthInfo]
	if cluster == nil || user == nil {
		return nil, "", fmt.Errorf("lacks cluster %q or user %q of its current context", current.Cluster, current.AuthInfo)
	}
	return resource.PropertyMap{
		"host":              resource.NewProperty(cluster.Server),
		"caCertificate":     encoded(cluster.CertificateAuthorityData),
		"clientCertificate": encoded(user.ClientCertificateData),
		"clientKey":         encoded(user.ClientKeyData),
	}, current.Cluster, nil
}
