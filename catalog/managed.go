package catalog

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the data
	"encoding/base32"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"
)

var (
	//go:embed data/policies.idx
	policiesIndex string
	//go:embed data/policies.bin
	policiesBlocks string
)

// arnPrefix begins the ARN of every AWS managed policy; the path follows.
const arnPrefix = "arn:aws:iam::aws:policy"

// PolicyInfo describes an AWS managed policy in its default version, the only one
// that the catalog has. AWS's descriptions are not part of the data.
type PolicyInfo struct {
	Name             string
	Path             string // "/", "/job-function/", …
	ARN              string
	DefaultVersionID string    // "v1"
	CreateDate       time.Time // of the policy, UTC
	UpdateDate       time.Time // of the default version, UTC

	entry *policyEntry
}

// policyEntry is a line of the index.
type policyEntry struct {
	name, path, version string
	created, updated    int64 // Unix time
	block               *block
	offset, size        int // of the document in the unpacked block
}

// managed is the index in order of name.
var managed = sync.OnceValue(readPolicies)

func readPolicies() []policyEntry {
	list := make([]policyEntry, 0, strings.Count(policiesIndex, "\n"))
	blocks := policiesBlocks
	var current *block
	offset := 0
	for line := range strings.Lines(policiesIndex) {
		switch f := fields(line); f[0] {
		case "B":
			var b block
			b, blocks = cutBlock(blocks, f[1], f[2])
			current, offset = &b, 0
		case "P":
			e := policyEntry{
				name: f[1], path: f[2], version: f[3],
				created: int64(number(f[4])), updated: int64(number(f[5])),
				block: current, offset: offset, size: number(f[6]),
			}
			offset += e.size
			list = append(list, e)
		}
	}
	return list
}

// ManagedPolicy returns the AWS managed policy with this ARN, which is
// compared with regard to case.
func ManagedPolicy(arn string) (PolicyInfo, bool) {
	full, ok := strings.CutPrefix(arn, arnPrefix)
	if !ok {
		return PolicyInfo{}, false
	}
	slash := strings.LastIndexByte(full, '/')
	if slash < 0 {
		return PolicyInfo{}, false
	}
	path, name := full[:slash+1], full[slash+1:]
	list := managed()
	i, ok := slices.BinarySearchFunc(list, name, func(e policyEntry, name string) int { return strings.Compare(e.name, name) })
	if !ok || list[i].path != path {
		return PolicyInfo{}, false
	}
	return list[i].policy(), true
}

// ManagedPolicies returns all AWS managed policies in order of name. Their
// documents stay compressed until asked for.
func ManagedPolicies() iter.Seq[PolicyInfo] {
	return func(yield func(PolicyInfo) bool) {
		list := managed()
		for i := range list {
			if !yield(list[i].policy()) {
				return
			}
		}
	}
}

// NumManagedPolicies returns how many AWS managed policies there are.
func NumManagedPolicies() int { return len(managed()) }

func (e *policyEntry) policy() PolicyInfo {
	return PolicyInfo{
		Name:             e.name,
		Path:             e.path,
		ARN:              arnPrefix + e.path + e.name,
		DefaultVersionID: e.version,
		CreateDate:       time.Unix(e.created, 0).UTC(),
		UpdateDate:       time.Unix(e.updated, 0).UTC(),
		entry:            e,
	}
}

// ID returns a unique id for the policy. AWS's own are not published, so it is
// derived from the ARN: always the same, in the form without an account
// (ANPAI…), so that it collides with no id of an account of one's own.
func (p PolicyInfo) ID() string {
	sum := sha256.Sum256([]byte(p.ARN))
	return "ANPAI" + base32.StdEncoding.EncodeToString(sum[:10])
}

// Document returns the policy document, indented as AWS prints documents. Each
// call decompresses it anew, in about half a millisecond; keep what is needed.
// It is "" for a PolicyInfo that does not come from this package.
func (p PolicyInfo) Document() string {
	if p.entry == nil {
		return ""
	}
	text := p.entry.block.inflate()[p.entry.offset:][:p.entry.size]
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(text), "", "    "); err != nil {
		panic(fmt.Sprintf("catalog: embedded data: policy %s: %v", p.Name, err))
	}
	return out.String()
}

// PolicyDocument returns the document of an AWS managed policy with its version
// and id: what the state needs of it.
func PolicyDocument(arn string) (text, versionID, id string, ok bool) {
	p, ok := ManagedPolicy(arn)
	if !ok {
		return "", "", "", false
	}
	return p.Document(), p.DefaultVersionID, p.ID(), true
}
