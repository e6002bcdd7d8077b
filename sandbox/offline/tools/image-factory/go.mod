module firmament.example/tools/image-factory

go 1.26.3

require (
	github.com/siderolabs/go-procfs v0.1.2
	github.com/siderolabs/image-factory v1.3.3
	github.com/siderolabs/talos/pkg/machinery v1.14.0-alpha.1
)

require (
	github.com/blang/semver/v4 v4.0.0 // indirect
	github.com/containerd/go-cni v1.1.13 // indirect
	github.com/containernetworking/cni v1.3.0 // indirect
	github.com/petermattis/goid v0.0.0-20260226131333-17d1149c6ac6 // indirect
	github.com/sasha-s/go-deadlock v0.3.6 // indirect
	github.com/siderolabs/crypto v0.6.5 // indirect
	github.com/siderolabs/gen v0.8.6 // indirect
	go.yaml.in/yaml/v4 v4.0.0-rc.4 // indirect
)
