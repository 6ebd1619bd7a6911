package iam_test

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/writ-iam/writ/internal/iam"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/sigv4"
)

var updateGolden = flag.Bool("update", false, "write the answers into the golden files")

// The golden files are transcripts: lines that say what to do, each call with
// its answer behind it.
//
//	# why
//	let NAME TEXT             $NAME in parameters is TEXT
//	file NAME FILE            $NAME is what testdata/certs/FILE holds, or with a folder testdata/FILE
//	code NAME DURATION        $NAME is what the last MFA device made shows that long from now
//	quota NAME N              at the head only
//	as root|other|user NAME|role NAME
//	wait DURATION
//	unit ID ACCOUNT           the unit ID, of the root, with the account in it
//	> Operation Name=value … the value goes to the next two spaces or the end
//
// Ids, secrets, markers and request ids stand as "<AIDA 1>", numbered as they
// appear; $AccessKeyId, $Marker and other ids are the last ones answered, $Root is the
// path of the organization's root.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txt")
	must(t, err)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			must(t, err)
			got := play(t, string(want))
			if *updateGolden {
				must(t, os.WriteFile(file, []byte(got), 0o644))
			} else if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("-want +got (-update writes it):\n%s", diff)
			}
		})
	}
}

// TestGoldenCoverage demands a success and an error of each operation.
func TestGoldenCoverage(t *testing.T) {
	s, err := iam.New(iam.Options{MarkerKey: make([]byte, 32)})
	must(t, err)
	files, err := filepath.Glob("testdata/golden/*.txt")
	must(t, err)
	seen := make(map[string]bool) // operation and "200" or "error"
	for _, file := range files {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, m := range regexp.MustCompile(`(?m)^> (\w+).*\n(\d+)$`).FindAllStringSubmatch(string(text), -1) {
			if m[2] != "200" {
				m[2] = "error"
			}
			seen[m[1]+" "+m[2]] = true
		}
	}
	missing := s.Table().Missing()
	for _, op := range iamapi.Service.Operations {
		for _, kind := range []string{"200", "error"} {
			if !seen[op.Name+" "+kind] && !slices.Contains(missing, op.Name) {
				t.Errorf("%s: no golden answer: %s", op.Name, kind)
			}
		}
	}
}

// player plays a transcript.
type player struct {
	in   *installation
	who  sigv4.Credentials
	vars map[string]string
	mask mask
	out  bytes.Buffer
}

// play does what a transcript says and returns it with the answers given.
func play(t *testing.T, text string) string {
	p := &player{vars: make(map[string]string), mask: mask{names: make(map[string]string), counts: make(map[string]int)}}
	quotas := make(map[string]int)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		verb, rest, _ := strings.Cut(line, " ")
		if verb == "" && line != "" {
			continue // an answer of several lines
		}
		switch verb {
		case "quota", "let", "file", "code", "as", "wait", "unit", ">", "#", "":
		default:
			continue // an answer
		}
		if verb == "quota" {
			var name string
			var n int
			if _, err := fmt.Sscan(rest, &name, &n); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			quotas[name] = n
		} else if p.in == nil && verb != "#" {
			p.in = start(t, quotas)
			org := p.in.db.Snapshot().Organization()
			p.vars["Root"] = org.ID + "/" + org.RootID
			p.who = p.in.root(account)
		}
		p.step(t, line, verb, rest)
	}
	return p.out.String()
}

func (p *player) step(t *testing.T, line, verb, rest string) {
	fmt.Fprintln(&p.out, line)
	switch verb {
	case "let":
		name, value, _ := strings.Cut(rest, " ")
		p.vars[name] = value
	case "file":
		name, file, _ := strings.Cut(rest, " ")
		p.vars[name] = certFile(t, file)
	case "code":
		name, off, _ := strings.Cut(rest, " ")
		d, err := time.ParseDuration(off)
		must(t, err)
		p.vars[name] = codeOf(t, p.vars["Base32StringSeed"], p.in.now.Add(d))
	case "as":
		p.as(t, rest)
	case "unit":
		p.in.unit(strings.Fields(rest))
	case "wait":
		d, err := time.ParseDuration(rest)
		must(t, err)
		p.in.now = p.in.now.Add(d)
	case ">":
		operation, params, _ := strings.Cut(rest, " ")
		status, body := p.in.call(p.who, operation, p.params(params))
		p.remember(body)
		body = strings.ReplaceAll(readable(body), p.vars["Root"], "(Root)")
		fmt.Fprintf(&p.out, "%d\n%s\n", status, p.mask.hide(strings.ReplaceAll(body, "><", ">\n<")))
	}
}

func (p *player) as(t *testing.T, who string) {
	kind, name, _ := strings.Cut(who, " ")
	switch kind {
	case "root":
		p.who = p.in.root(account)
	case "other":
		p.who = p.in.root(otherAccount)
	case "user":
		p.who = p.in.user(name)
	case "role":
		p.who = p.in.role(name)
	default:
		t.Fatalf("as %s?", who)
	}
}

var variable = regexp.MustCompile(`\$\w+`)

func (p *player) params(text string) url.Values {
	v := make(url.Values)
	for param := range strings.SplitSeq(text, "  ") {
		if param == "" {
			continue
		}
		name, value, _ := strings.Cut(param, "=")
		v.Set(name, variable.ReplaceAllStringFunc(value, func(name string) string {
			if known, ok := p.vars[name[1:]]; ok {
				return known
			}
			return name
		}))
	}
	return v
}

var element = regexp.MustCompile(`<(AccessKeyId|SSHPublicKeyId|CertificateId|ServiceSpecificCredentialId|DeletionTaskId|KeyId|Base32StringSeed|DelegationRequestId|JobId|Marker)>([^<]*)<`)

func (p *player) remember(body string) {
	for _, m := range element.FindAllStringSubmatch(body, -1) {
		p.vars[m[1]] = m[2]
	}
}

// mask puts names in the place of what is random.
type mask struct {
	names  map[string]string
	counts map[string]int
}

var masked = regexp.MustCompile(`(AKIA[A-Z2-7]{16}|SAML(?:SP|PK)[A-Z0-9]{16}|(?:AIDA|AROA|AGPA|ANPA|AIPA|APKA|ASCA|ACCA)[A-Z2-7]{17}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|Job [0-9a-f-]{36})|<(RequestId|SecretAccessKey|ServicePassword|ServiceCredentialSecret|CertificateId|Base32StringSeed|QRCodePNG|JobId|Marker)>([^<]*)<`)

func (m *mask) hide(body string) string {
	return masked.ReplaceAllStringFunc(body, func(found string) string {
		if name, value, ok := strings.Cut(found, ">"); ok {
			value = strings.TrimSuffix(value, "<")
			if name == "<RequestId" {
				return "<RequestId><"
			}
			return name + ">" + m.name(value, name[1:]) + "<"
		}
		if strings.HasPrefix(found, "ANPAI") || strings.HasSuffix(found, "EXAMPLE") {
			return found // of an AWS managed policy, or of AWS's documentation
		}
		if job, ok := strings.CutPrefix(found, "Job "); ok {
			return "Job " + m.name(job, "JobId")
		}
		if strings.Contains(found, "-") {
			return m.name(found, "UUID")
		}
		if strings.HasPrefix(found, "SAML") {
			return m.name(found, found[:6])
		}
		return m.name(found, found[:4])
	})
}

func (m *mask) name(value, kind string) string {
	name, ok := m.names[value]
	if !ok {
		m.counts[kind]++
		name = fmt.Sprintf("(%s %d)", kind, m.counts[kind])
		m.names[value] = name
	}
	return name
}

var reportContent = regexp.MustCompile(`<Content>[^<]*<`)

// readable shows the content of a report.
func readable(body string) string {
	return reportContent.ReplaceAllStringFunc(body, func(found string) string {
		content, err := base64.StdEncoding.DecodeString(found[len("<Content>") : len(found)-1])
		if err != nil {
			return found
		}
		return "<Content>\n" + string(content) + "\n<"
	})
}
