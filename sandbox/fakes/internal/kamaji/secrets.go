package kamaji

import (
	"context"
	"fmt"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/pki"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

const (
	projectLabel = "kamaji.clastix.io/project"
	project      = "kamaji"

	// lifecycleLabel says of a Secret with a client or server certificate what holds it.
	lifecycleLabel = "kamaji.clastix.io/certificate_lifecycle_controller"
	// rotateAnnotation, empty, asks for a new certificate; then it says when that was made.
	rotateAnnotation = "certs.kamaji.clastix.io/rotate"
)

// material is the PKI of a tenant. It lives in Secrets of the management cluster alone, as with Kamaji: who loses the
// sandbox's files but not its etcd gets the same control plane again.
type material struct {
	ca, frontProxy controlplane.CertKey
	serviceAccount []byte
}

func (d *Fake) secret(ctx context.Context, namespace, name string) (map[string][]byte, error) {
	if name == "" {
		return nil, nil
	}
	var secret corev1.Secret
	switch err := d.Cluster.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, &secret); {
	case apierrors.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("Secret %s/%s: %w", namespace, name, err)
	}
	return secret.Data, nil
}

// keep reads a Secret of a tenant, or makes its content once. Valid says whether what is there can be used.
func (d *Fake) keep(ctx context.Context, tcp *unstructured.Unstructured, suffix string, valid func(map[string][]byte) bool, create func() (map[string][]byte, error)) (map[string][]byte, error) {
	name := tcp.GetName() + "-" + suffix
	data, err := d.secret(ctx, tcp.GetNamespace(), name)
	if err != nil || (data != nil && valid(data)) {
		return data, err
	}
	if data, err = create(); err != nil {
		return nil, err
	}
	return data, d.write(ctx, tcp, suffix, data, nil, nil)
}

func (d *Fake) write(ctx context.Context, tcp *unstructured.Unstructured, suffix string, data map[string][]byte, labels, annotations map[string]string) error {
	all := map[string]string{projectLabel: project, "kamaji.clastix.io/name": tcp.GetName(), "kamaji.clastix.io/component": suffix}
	maps.Copy(all, labels)
	return d.Cluster.ApplyTyped(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: tcp.GetNamespace(), Name: tcp.GetName() + "-" + suffix, Labels: all, Annotations: annotations,
			OwnerReferences: []metav1.OwnerReference{reconcile.OwnedBy(tcp, tenantKind)},
		},
		Type: corev1.SecretTypeOpaque, Data: data,
	})
}

func (d *Fake) applyCertificates(ctx context.Context, tcp *unstructured.Unstructured) (*material, error) {
	authority := func(suffix, commonName, cert, key string, also bool) (controlplane.CertKey, error) {
		data, err := d.keep(ctx, tcp, suffix,
			func(data map[string][]byte) bool {
				_, err := pki.ParseCA(data[cert], data[key])
				return err == nil
			},
			func() (map[string][]byte, error) {
				ca, err := pki.NewCA(commonName)
				if err != nil {
					return nil, err
				}
				data := map[string][]byte{cert: ca.CertPEM, key: ca.KeyPEM}
				if also {
					// The names Cluster API reads, for a control plane that has its Cluster's name.
					data[corev1.TLSCertKey], data[corev1.TLSPrivateKeyKey] = ca.CertPEM, ca.KeyPEM
				}
				return data, nil
			})
		return controlplane.CertKey{Cert: data[cert], Key: data[key]}, err
	}
	var m material
	var err error
	if m.ca, err = authority("ca", "kubernetes", "ca.crt", "ca.key", true); err != nil {
		return nil, err
	}
	if m.frontProxy, err = authority("front-proxy-ca-certificate", "front-proxy-ca", "front-proxy-ca.crt", "front-proxy-ca.key", false); err != nil {
		return nil, err
	}
	account, err := d.keep(ctx, tcp, "sa-certificate",
		func(data map[string][]byte) bool {
			_, err := pki.ParseKey(data["sa.key"])
			return err == nil
		},
		func() (map[string][]byte, error) {
			key, err := pki.NewServiceAccountKey()
			if err != nil {
				return nil, err
			}
			public, err := pki.PublicKeyPEM(key)
			return map[string][]byte{"sa.key": key, "sa.pub": public}, err
		})
	if err != nil {
		return nil, err
	}
	m.serviceAccount = account["sa.key"]
	_, err = d.keep(ctx, tcp, "datastore-config",
		func(data map[string][]byte) bool { return len(data["DB_SCHEMA"]) > 0 },
		func() (map[string][]byte, error) {
			schema := prefixOf(tcp)[1:]
			return map[string][]byte{"DB_SCHEMA": []byte(schema), "DB_USER": []byte(schema)}, nil
		})
	return &m, err
}

// applyAdminKubeconfig writes the administrator's kubeconfigs. They stay the same as long as they work and nobody asks for
// others: they are written down in the state of programs.
func (d *Fake) applyAdminKubeconfig(ctx context.Context, tcp *unstructured.Unstructured, t *tenant, m *material) (renewed bool, err error) {
	server := "https://" + t.endpoint
	ca, err := pki.ParseCA(m.ca.Cert, m.ca.Key)
	if err != nil {
		return false, err
	}
	const suffix = "admin-kubeconfig"
	secret := &corev1.Secret{}
	key := types.NamespacedName{Namespace: tcp.GetNamespace(), Name: tcp.GetName() + "-" + suffix}
	if err := d.Cluster.Get(ctx, key, secret); err != nil && !apierrors.IsNotFound(err) {
		return false, fmt.Errorf("Secret %s: %w", key, err)
	}
	rotated, found := secret.Annotations[rotateAnnotation]
	wanted := found && rotated == ""
	labelled := secret.Labels[lifecycleLabel] != ""
	for _, entry := range []string{"admin.conf", "super-admin.conf", "admin.svc", "super-admin.svc"} {
		wanted = wanted || !usable(secret.Data[entry], server, m.ca.Cert)
	}
	if !wanted && labelled {
		return false, nil
	}
	annotations := map[string]string{}
	if found {
		annotations[rotateAnnotation] = reconcile.Now()
	}
	data := secret.Data
	if wanted {
		admin, err := kubeconfig(ca, server, tcp.GetName(), "kubernetes-admin", "kubeadm:cluster-admins")
		if err != nil {
			return false, err
		}
		super, err := kubeconfig(ca, server, tcp.GetName(), "kubernetes-super-admin", "system:masters")
		if err != nil {
			return false, err
		}
		// Kamaji's .svc variants name the Service, which nothing answers in the sandbox.
		data = map[string][]byte{"admin.conf": admin, "super-admin.conf": super, "admin.svc": admin, "super-admin.svc": super}
	}
	return wanted, d.write(ctx, tcp, suffix, data, map[string]string{lifecycleLabel: "kubeconfig"}, annotations)
}

func usable(text []byte, server string, ca []byte) bool {
	config, err := clientcmd.Load(text)
	if err != nil || config.Contexts[config.CurrentContext] == nil {
		return false
	}
	current := config.Contexts[config.CurrentContext]
	cluster, user := config.Clusters[current.Cluster], config.AuthInfos[current.AuthInfo]
	if cluster == nil || user == nil || cluster.Server != server || string(cluster.CertificateAuthorityData) != string(ca) {
		return false
	}
	cert, err := pki.ParseCert(user.ClientCertificateData)
	return err == nil && time.Until(cert.NotAfter) > 30*24*time.Hour
}

func kubeconfig(ca *pki.Pair, server, cluster, user, group string) ([]byte, error) {
	leaf, err := ca.Issue(pki.Leaf{CommonName: user, Organizations: []string{group}, Client: true})
	if err != nil {
		return nil, err
	}
	config := clientcmdapi.NewConfig()
	name := user + "@" + cluster
	config.Clusters[cluster] = &clientcmdapi.Cluster{Server: server, CertificateAuthorityData: ca.CertPEM}
	config.AuthInfos[user] = &clientcmdapi.AuthInfo{ClientCertificateData: leaf.CertPEM, ClientKeyData: leaf.KeyPEM}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: cluster, AuthInfo: user}
	config.CurrentContext = name
	return clientcmd.Write(*config)
}
