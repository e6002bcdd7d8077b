package kubevirt

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	certificatesv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"

	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/pki"
)

const tokenID, tokenSecret = "abcdef", "0123456789abcdef"

// tenant is as much of a tenant's API as a guest sees: cluster-info, signed with a token until that expires, a signer of
// kubelets' certificates, and nodes, which only a kubelet with such a certificate may write.
type tenant struct {
	*httptest.Server
	ca *pki.Pair

	mu      sync.Mutex
	expired bool
	// joins is how many certificates were asked for.
	joins int
	nodes map[string]*corev1.Node
}

func newTenant(t *testing.T) *tenant {
	t.Helper()
	ca, err := pki.NewCA("tenant")
	if err != nil {
		t.Fatal(err)
	}
	api := &tenant{ca: ca, nodes: map[string]*corev1.Node{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/namespaces/kube-public/configmaps/cluster-info", api.clusterInfo)
	mux.HandleFunc("POST /apis/certificates.k8s.io/v1/certificatesigningrequests", api.sign)
	mux.HandleFunc("POST /api/v1/nodes", api.create)
	mux.HandleFunc("GET /api/v1/nodes/{name}", func(w http.ResponseWriter, r *http.Request) {
		api.change(w, r, func(*corev1.Node) error { return nil })
	})
	mux.HandleFunc("PATCH /api/v1/nodes/{name}", asKubelet(func(w http.ResponseWriter, r *http.Request) {
		api.change(w, r, func(live *corev1.Node) error { return merge(live, r.Body) })
	}))
	mux.HandleFunc("PUT /api/v1/nodes/{name}/status", asKubelet(func(w http.ResponseWriter, r *http.Request) {
		api.change(w, r, func(live *corev1.Node) error {
			var given corev1.Node
			err := decodeInto(r.Body, &given)
			live.Status = given.Status
			return err
		})
	}))
	api.Server = httptest.NewUnstartedServer(mux)
	api.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	api.StartTLS()
	t.Cleanup(api.Close)
	return api
}

// asKubelet lets through who has the certificate of the node in the path.
func asKubelet(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		certs := r.TLS.PeerCertificates
		if len(certs) == 0 || certs[0].Subject.CommonName != "system:node:"+r.PathValue("name") {
			refuse(w, apierrors.NewUnauthorized("not the kubelet of "+r.PathValue("name")))
			return
		}
		handle(w, r)
	}
}

func (a *tenant) clusterInfo(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw})
	text := fmt.Sprintf("apiVersion: v1\nkind: Config\nclusters: [{name: '', cluster: {server: %q, certificate-authority-data: %s}}]\n",
		a.URL, base64.StdEncoding.EncodeToString(ca))
	data := map[string]string{"kubeconfig": text}
	if !a.expired {
		header := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"alg":"HS256","kid":%q}`, tokenID))
		data["jws-kubeconfig-"+tokenID] = header + ".." + signature(header, text, tokenSecret)
	}
	answer(w, http.StatusOK, &corev1.ConfigMap{Data: data})
}

func (a *tenant) sign(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.expired || r.Header.Get("Authorization") != "Bearer "+tokenID+"."+tokenSecret {
		refuse(w, apierrors.NewUnauthorized("the token is unknown or expired"))
		return
	}
	var request certificatesv1.CertificateSigningRequest
	if err := decodeInto(r.Body, &request); err != nil {
		refuse(w, apierrors.NewBadRequest(err.Error()))
		return
	}
	block, _ := pem.Decode(request.Spec.Request)
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		refuse(w, apierrors.NewBadRequest(err.Error()))
		return
	}
	signed, err := a.ca.Issue(pki.Leaf{
		CommonName: csr.Subject.CommonName, Organizations: csr.Subject.Organization, Client: true, PublicKey: csr.PublicKey,
	})
	if err != nil {
		refuse(w, apierrors.NewInternalError(err))
		return
	}
	a.joins++
	request.Name = fmt.Sprintf("node-csr-%d", a.joins)
	request.Status.Certificate = signed.CertPEM
	answer(w, http.StatusCreated, &request)
}

func (a *tenant) create(w http.ResponseWriter, r *http.Request) {
	var node corev1.Node
	if err := decodeInto(r.Body, &node); err != nil {
		refuse(w, apierrors.NewBadRequest(err.Error()))
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.nodes[node.Name] != nil {
		refuse(w, apierrors.NewAlreadyExists(schema.GroupResource{Resource: "nodes"}, node.Name))
		return
	}
	a.nodes[node.Name] = &node
	answer(w, http.StatusCreated, &node)
}

func (a *tenant) change(w http.ResponseWriter, r *http.Request, edit func(*corev1.Node) error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	live := a.nodes[r.PathValue("name")]
	if live == nil {
		refuse(w, apierrors.NewNotFound(schema.GroupResource{Resource: "nodes"}, r.PathValue("name")))
		return
	}
	if err := edit(live); err != nil {
		refuse(w, apierrors.NewBadRequest(err.Error()))
		return
	}
	answer(w, http.StatusOK, live)
}

func merge(live *corev1.Node, body io.Reader) error {
	patch, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	before, err := json.Marshal(live)
	if err != nil {
		return err
	}
	after, err := jsonpatch.MergePatch(before, patch)
	if err != nil {
		return err
	}
	*live = corev1.Node{}
	return json.Unmarshal(after, live)
}

// decodeInto reads JSON or protobuf, as the API server does.
func decodeInto(body io.Reader, object runtime.Object) error {
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	_, _, err = scheme.Codecs.UniversalDeserializer().Decode(data, nil, object)
	return err
}

func answer(w http.ResponseWriter, code int, object any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(object)
}

func refuse(w http.ResponseWriter, fault *apierrors.StatusError) {
	status := fault.Status()
	status.Kind, status.APIVersion = "Status", "v1"
	answer(w, int(status.Code), status)
}

// expire does what the token cleaner does 15 minutes after the node has joined.
func (a *tenant) expire() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expired = true
}

// silent reports whether the node of a guest is one that no kubelet reports for.
func (a *tenant) silent(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	node := a.nodes[name]
	return node != nil && node.Annotations[controlplane.PowerAnnotation] == controlplane.PowerOff
}

func (a *tenant) joined() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.joins
}
