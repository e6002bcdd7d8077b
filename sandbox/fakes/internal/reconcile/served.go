package reconcile

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	apidiscovery "k8s.io/api/apidiscovery/v2"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// servedPoll is how often the list of kinds is asked for. The answer carries an ETag, so that asking costs next to
// nothing while nothing changes.
const servedPoll = 500 * time.Millisecond

// served knows which kinds an API server serves, without a failed request per absent kind.
type served struct {
	url    string
	client *http.Client

	mu      sync.Mutex
	kinds   map[schema.GroupVersionKind]bool
	changed chan struct{} // closed and replaced at every change
}

func newServed(host string, client *http.Client) *served {
	return &served{url: strings.TrimSuffix(host, "/") + "/apis", client: client, changed: make(chan struct{})}
}

func (s *served) follow(ctx context.Context) {
	etag := ""
	ticker := time.NewTicker(servedPoll)
	defer ticker.Stop()
	for {
		etag = s.ask(ctx, etag)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *served) ask(ctx context.Context, etag string) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return etag
	}
	request.Header.Set("Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return etag
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return etag
	}
	var list apidiscovery.APIGroupDiscoveryList
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return etag
	}
	kinds := map[schema.GroupVersionKind]bool{}
	for _, group := range list.Items {
		for _, version := range group.Versions {
			for _, resource := range version.Resources {
				if kind := resource.ResponseKind; kind != nil {
					kinds[schema.GroupVersionKind{Group: group.Name, Version: version.Version, Kind: kind.Kind}] = true
				}
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kinds = kinds
	close(s.changed)
	s.changed = make(chan struct{})
	return response.Header.Get("ETag")
}

func (s *served) has(kind schema.GroupVersionKind) (bool, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Kinds of the core group are always there and not listed under /apis.
	return kind.Group == "" || s.kinds[kind], s.changed
}

// Serves reports whether the cluster serves a kind now, as of half a second ago.
func (c *Cluster) Serves(kind schema.GroupVersionKind) bool {
	ok, _ := c.served.has(kind)
	return ok
}

// AwaitServed waits until the cluster serves a kind.
func (c *Cluster) AwaitServed(ctx context.Context, kind schema.GroupVersionKind) error {
	for {
		ok, changed := c.served.has(kind)
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}
