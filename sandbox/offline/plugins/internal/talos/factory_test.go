package talos

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"firmament.example/sandbox/offline/plugins/internal/providertest"
)

// newFactoryStack is an engine whose image factory is a small one on loopback.
func newFactoryStack(t *testing.T) (stack, *httptest.Server) {
	t.Helper()
	answer := func(w http.ResponseWriter, status int, content any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(content)
	}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /schematics", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sum := sha256.Sum256(body)
		answer(w, http.StatusCreated, map[string]string{"id": hex.EncodeToString(sum[:])})
	})
	routes.HandleFunc("GET /versions", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, []string{"v1.12.0", "v1.13.0-beta.1", "v1.13.0"})
	})
	routes.HandleFunc("GET /version/v1.13.0/extensions/official", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, []map[string]string{
			{"name": "siderolabs/drbd", "ref": "r1", "digest": "d1", "author": "a", "description": "x"},
			{"name": "siderolabs/zfs", "ref": "r2", "digest": "d2", "author": "a", "description": "y"},
			{"name": "siderolabs/qemu-guest-agent", "ref": "r3", "digest": "d3", "author": "a", "description": "z"},
		})
	})
	routes.HandleFunc("GET /version/v1.13.0/overlays/official", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, []map[string]string{{"name": "rpi_generic", "image": "i", "ref": "r", "digest": "d"}})
	})
	server := httptest.NewServer(routes)
	t.Cleanup(server.Close)
	engine := providertest.Start(t, Package(), values{"imageFactoryUrl": server.URL + "/"})
	return stack{T: t, engine: engine}, server
}

func TestSchematicIsNamedByItsContent(t *testing.T) {
	s, _ := newFactoryStack(t)
	const token = "talos:imageFactory/schematic:Schematic"
	first, second, third := s.engine.Resource(token), s.engine.Resource(token), s.engine.Resource(token)
	s.must(first.Up(values{"schematic": "customization:\n  extraKernelArgs: [quiet]\n"}))
	s.must(second.Up(values{"schematic": `{"customization": {"extraKernelArgs": ["quiet"]}}`}))
	s.mustBe(first.ID, second.ID)
	s.must(third.Up(nil))
	s.mustBe(len(third.ID), 64)
	if third.ID == first.ID {
		t.Error("an empty schematic is named like another")
	}
	id := first.ID
	s.must(first.Up(values{"schematic": "customization: {}"}))
	s.mustBe(first.ID, id) // as the engine has it: a program asks for replacing
	s.mustFail(s.engine.Resource(token).Up(values{"schematic": "- :::"}), "schematic: must be YAML")
}

func TestFactoryListsVersionsExtensionsAndOverlays(t *testing.T) {
	s, _ := newFactoryStack(t)
	call := func(name string, args values) values {
		found, err := s.engine.Invoke("talos:imageFactory/"+name+":"+name, args)
		s.must(err)
		return providertest.Plain(found)
	}
	s.mustBe(call("getVersions", nil)["talosVersions"], []string{"v1.12.0", "v1.13.0-beta.1", "v1.13.0"})
	stable := call("getVersions", values{"filters": values{"stableVersionsOnly": true}})
	s.mustBe(stable["talosVersions"], []string{"v1.12.0", "v1.13.0"})

	extensions := call("getExtensionsVersions", values{
		"talosVersion": "1.13.0", "filters": values{"names": []any{"qemu"}}, "exactFilters": values{"names": []any{"siderolabs/zfs"}},
	})
	s.mustBe(extensions["extensionsInfos"], []any{
		values{"name": "siderolabs/zfs", "ref": "r2", "digest": "d2", "author": "a", "description": "y"},
		values{"name": "siderolabs/qemu-guest-agent", "ref": "r3", "digest": "d3", "author": "a", "description": "z"},
	})
	overlays := call("getOverlaysVersions", values{"talosVersion": "v1.13.0", "filters": values{"name": "rpi"}})
	s.mustBe(overlays["overlaysInfos"], []any{values{"name": "rpi_generic", "image": "i", "ref": "r", "digest": "d"}})

	_, err := s.engine.Invoke("talos:imageFactory/getOverlaysVersions:getOverlaysVersions", values{"talosVersion": "v9"})
	s.mustFail(err, `image factory http://127.0.0.1.*/version/v9/overlays/official: 404`)
}

func TestURLsArePutTogetherWithoutAsking(t *testing.T) {
	engine := providertest.Start(t, Package(), nil)
	s := stack{T: t, engine: engine}
	call := func(args values) (values, error) {
		args["schematicId"], args["talosVersion"] = "abc", "1.13.0"
		found, err := engine.Invoke("talos:imageFactory/getUrls:getUrls", args)
		if err != nil {
			return nil, err
		}
		return providertest.Plain(found)["urls"].(values), nil
	}
	metal, err := call(values{"platform": "metal", "architecture": "arm64"})
	s.must(err)
	s.mustBe(metal["installer"], "factory.talos.dev/metal-installer/abc:v1.13.0")
	s.mustBe(metal["iso"], "https://factory.talos.dev/image/abc/v1.13.0/metal-arm64.iso")
	s.mustBe(metal["pxe"], "https://pxe.factory.talos.dev/pxe/abc/v1.13.0/metal-arm64")
	board, err := call(values{"sbc": "rpi_generic"})
	s.must(err)
	s.mustBe(board["diskImage"], "https://factory.talos.dev/image/abc/v1.13.0/metal-arm64.raw.xz")
	s.mustBe(board["iso"], "")
	cloud, err := call(values{"platform": "aws"})
	s.must(err)
	s.mustBe(cloud["installer"], "factory.talos.dev/aws-installer/abc:v1.13.0")
	s.mustBe(cloud["kernel"], "")

	_, err = call(values{})
	s.mustFail(err, "neither is given — exactly one of platform and sbc")
	_, err = call(values{"platform": "metal", "sbc": "rpi_generic"})
	s.mustFail(err, "both are given")
	_, err = call(values{"platform": "toaster"})
	s.mustFail(err, `platform: "toaster" — must be one of metal, aws`)
}
