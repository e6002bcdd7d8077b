package kubevirt

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/pki"
)

const (
	// poll is how often a guest looks whether its certificate was issued.
	poll = 100 * time.Millisecond
	// slowest request of a guest.
	requestTimeout = 10 * time.Second
)

// join is kubeadm join: discovery by token, a client certificate by TLS bootstrap, then the registration of the node
// with that certificate. Nothing but what is in the join configuration is used. What it returns is on the disk from then on.
func (g guest) join(ctx context.Context, join *joinConfiguration) (*disk, error) {
	discovery := join.Discovery.BootstrapToken
	if discovery == nil {
		return nil, errors.New("kubeadm join: discovery.bootstrapToken is missing — the guest knows discovery by token only")
	}
	id, secret, found := strings.Cut(discovery.Token, ".")
	if !found {
		return nil, errors.New("kubeadm join: discovery.bootstrapToken.token is not of the form id.secret")
	}
	server, ca, err := discover(ctx, discovery.APIServerEndpoint, id, secret, discovery.CACertHashes, discovery.UnsafeSkipCAVerification)
	if err != nil {
		return nil, fmt.Errorf("kubeadm join: discovery: %w", err)
	}
	token := discovery.Token
	if join.Discovery.TLSBootstrapToken != "" {
		token = join.Discovery.TLSBootstrapToken
	}
	name := strings.ToLower(or(join.NodeRegistration.Name, g.hostname))

	asBootstrapper, err := kubernetes.NewForConfig(&rest.Config{
		Host: server, BearerToken: token, Timeout: requestTimeout, TLSClientConfig: rest.TLSClientConfig{CAData: ca},
	})
	if err != nil {
		return nil, fmt.Errorf("kubeadm join: %w", err)
	}
	// kubeadm refuses a name that is taken by a node that is alive.
	if node, err := asBootstrapper.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{}); err == nil && isReady(*node) && node.Status.NodeInfo.SystemUUID != g.uid {
		return nil, fmt.Errorf("kubeadm join: a node with name %q and status \"Ready\" already exists in the cluster", name)
	} else if err != nil && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("kubeadm join: %w", err)
	}
	cert, key, err := tlsBootstrap(ctx, asBootstrapper, name)
	if err != nil {
		return nil, fmt.Errorf("kubeadm join: TLS bootstrap: %w", err)
	}
	joined := &disk{Node: name, Server: server, CA: ca, Cert: cert, Key: key}
	return joined, g.kubelet(ctx, joined, join)
}

// kubelet starts with the access on the disk: it registers its node, or reports for the one that is there.
func (g guest) kubelet(ctx context.Context, access *disk, join *joinConfiguration) error {
	asNode, err := access.client()
	if err != nil {
		return fmt.Errorf("kubelet: %w", err)
	}
	version := g.kubeletVersion
	if version == "" {
		info, err := asNode.Discovery().ServerVersion()
		if err != nil {
			return fmt.Errorf("kubelet: %w", err)
		}
		version = info.GitVersion
	}
	node, err := g.node(access.Node, version, join)
	if err != nil {
		return fmt.Errorf("kubelet: %w", err)
	}
	if err := register(ctx, asNode, node); err != nil {
		return fmt.Errorf("kubelet: node %s: %w", access.Node, err)
	}
	return nil
}

// register creates a node, or takes over the one that is there: an earlier attempt's, or its own from before a restart.
func register(ctx context.Context, client kubernetes.Interface, node *corev1.Node) error {
	_, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		return err
	}
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:null}}}`, controlplane.PowerAnnotation)
	live, err := client.CoreV1().Nodes().Patch(ctx, node.Name, types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return err
	}
	live.Status = node.Status
	_, err = client.CoreV1().Nodes().UpdateStatus(ctx, live, metav1.UpdateOptions{})
	return err
}

// discover fetches cluster-info without trusting anyone, verifies its signature with the token and the certificate
// authority in it with the pinned hashes, and fetches it again over a verified connection.
func discover(ctx context.Context, endpoint, id, secret string, hashes []string, skip bool) (server string, ca []byte, err error) {
	fetch := func(config *rest.Config) (string, error) {
		client, err := kubernetes.NewForConfig(config)
		if err != nil {
			return "", err
		}
		info, err := client.CoreV1().ConfigMaps("kube-public").Get(ctx, "cluster-info", metav1.GetOptions{})
		if err != nil {
			return "", err
		}
		text := info.Data["kubeconfig"]
		signature := info.Data["jws-kubeconfig-"+id]
		if signature == "" {
			return "", fmt.Errorf("cluster-info carries no signature for token id %q — the token is unknown or expired", id)
		}
		if !signed(text, signature, id, secret) {
			return "", fmt.Errorf("the signature of cluster-info does not fit token id %q", id)
		}
		return text, nil
	}
	first, err := fetch(&rest.Config{Host: "https://" + endpoint, Timeout: requestTimeout, TLSClientConfig: rest.TLSClientConfig{Insecure: true}})
	if err != nil {
		return "", nil, err
	}
	config, err := clientcmd.Load([]byte(first))
	if err != nil {
		return "", nil, fmt.Errorf("cluster-info: %w", err)
	}
	for _, cluster := range config.Clusters {
		server, ca = cluster.Server, cluster.CertificateAuthorityData
	}
	if len(hashes) == 0 && !skip {
		return "", nil, errors.New("no caCertHashes and unsafeSkipCAVerification not set")
	}
	if len(hashes) > 0 {
		if err := pinned(ca, hashes); err != nil {
			return "", nil, err
		}
	}
	second, err := fetch(&rest.Config{Host: "https://" + endpoint, Timeout: requestTimeout, TLSClientConfig: rest.TLSClientConfig{CAData: ca}})
	if err != nil {
		return "", nil, err
	}
	if first != second {
		return "", nil, errors.New("cluster-info from a verified connection differs from the first one")
	}
	return server, ca, nil
}

// signed checks a detached JWS (HS256, key id = token id) as the bootstrap signer makes it.
func signed(content, jws, id, secret string) bool {
	parts := strings.Split(jws, ".")
	if len(parts) != 3 || parts[1] != "" {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		return false
	}
	var header struct{ Alg, Kid string }
	if err := json.Unmarshal(raw, &header); err != nil || header.Alg != "HS256" || header.Kid != id {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(content))))
	return hmac.Equal(mac.Sum(nil), signature)
}

// pinned checks that a certificate authority is one of those whose public key hashes are given.
func pinned(ca []byte, hashes []string) error {
	cert, err := pki.ParseCert(ca)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	have := "sha256:" + hex.EncodeToString(sum[:])
	for _, hash := range hashes {
		if strings.EqualFold(hash, have) {
			return nil
		}
	}
	return fmt.Errorf("the cluster's CA %s is none of those pinned (%s)", have, strings.Join(hashes, ", "))
}

// tlsBootstrap asks for a kubelet's client certificate and waits until the cluster's controllers approved and signed.
func tlsBootstrap(ctx context.Context, client kubernetes.Interface, node string) (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "system:node:" + node, Organization: []string{"system:nodes"}},
	}, private)
	if err != nil {
		return nil, nil, err
	}
	requests := client.CertificatesV1().CertificateSigningRequests()
	request, err := requests.Create(ctx, &certificatesv1.CertificateSigningRequest{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "node-csr-"},
		Spec: certificatesv1.CertificateSigningRequestSpec{
			Request:    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}),
			SignerName: certificatesv1.KubeAPIServerClientKubeletSignerName,
			Usages:     []certificatesv1.KeyUsage{certificatesv1.UsageDigitalSignature, certificatesv1.UsageClientAuth},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	key = pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
	for len(request.Status.Certificate) == 0 {
		for _, condition := range request.Status.Conditions {
			if condition.Type == certificatesv1.CertificateDenied || condition.Type == certificatesv1.CertificateFailed {
				return nil, nil, fmt.Errorf("request %s: %s: %s", request.Name, condition.Type, condition.Message)
			}
		}
		select {
		case <-ctx.Done():
			return nil, nil, fmt.Errorf("request %s was not approved and signed in time: %w", request.Name, ctx.Err())
		case <-time.After(poll):
		}
		if request, err = requests.Get(ctx, request.Name, metav1.GetOptions{}); err != nil {
			return nil, nil, err
		}
	}
	return request.Status.Certificate, key, nil
}
