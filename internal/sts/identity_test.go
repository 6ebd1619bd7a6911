package sts_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/api/apitest"
	"github.com/writ-iam/writ/internal/sigv4"
	"github.com/writ-iam/writ/internal/state"
)

func TestGetCallerIdentity(t *testing.T) {
	w := newWorld(t)
	a := w.call(w.ann, "GetCallerIdentity")
	w.allowed(a, "<Arn>"+annARN+"</Arn>", "<UserId>"+w.annID+"</UserId>", "<Account>"+account+"</Account>")
	if got := a.Header.Get("Content-Type"); got != "text/xml" {
		t.Errorf("Content-Type = %q: Vault compares it with text/xml", got)
	}
	if !strings.HasPrefix(a.Body, "<GetCallerIdentityResponse") {
		t.Errorf("Vault wants the body to begin with the element: %s", a.Body)
	}
	if id := a.Header.Get("X-Amzn-Requestid"); id == "" || !strings.Contains(a.Body, id) {
		t.Errorf("the request id %q of the header is not in the body", id)
	}
	w.allowed(w.call(apitest.Root, "GetCallerIdentity"), "<Arn>arn:aws:iam::"+account+":root</Arn>", "<UserId>"+account+"</UserId>")
}

func TestGetCallerIdentityUnderExplicitDeny(t *testing.T) {
	w := newWorld(t)
	bob, _ := w.user(account, "bob", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`)
	w.allowed(w.call(bob, "GetCallerIdentity"), "user/bob")
}

func TestGetCallerIdentityJSON(t *testing.T) {
	w := newWorld(t)
	body := "Action=GetCallerIdentity&Version=2011-06-15"
	r := httptest.NewRequest("POST", "http://writ.test/", strings.NewReader(body))
	r.Header.Set("Accept", "application/json")
	a := w.Signed(w.ann, "sts", r, []byte(body))
	w.allowed(a, `{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{`, `"Arn":"`+annARN+`"`, `"ResponseMetadata":{"RequestId":"`)
}

// Vault's AWS login posts to the endpoint's path plus a slash.
func TestDoubledSlash(t *testing.T) {
	w := newWorld(t)
	body := "Action=GetCallerIdentity&Version=2011-06-15"
	r := httptest.NewRequest("POST", "http://writ.test/", strings.NewReader(body))
	if _, err := sigv4.Sign(r, w.ann, sigv4.Target{Region: "eu-west-1", Service: "sts", Time: w.Now}, sigv4.HashPayload([]byte(body))); err != nil {
		t.Fatal(err)
	}
	r.URL.Path, r.RequestURI = "//", "//"
	w.allowed(w.Send(r), annARN)
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	wrong := w.ann
	wrong.SecretAccessKey = "wrong"
	w.refused(w.call(wrong, "GetCallerIdentity"), 403, "SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	const invalid = "The security token included in the request is invalid."
	unknown := w.ann
	unknown.AccessKeyID = "AKIAAAAAAAAAAAAAAAAA"
	w.refused(w.call(unknown, "GetCallerIdentity"), 403, "InvalidClientTokenId", invalid)

	unsigned := httptest.NewRequest("POST", "http://writ.test/", strings.NewReader("Action=GetCallerIdentity&Version=2011-06-15"))
	w.refused(w.Send(unsigned), 403, "MissingAuthenticationToken", "Request is missing Authentication Token")

	w.refused(w.call(w.ann, "Nonsense"), 400, "InvalidAction", "Could not find operation Nonsense for version 2011-06-15")

	w.Update(func(tx *state.Tx) {
		k, _ := tx.AccessKey(w.ann.AccessKeyID)
		inactive := *k
		inactive.Active = false
		tx.PutAccessKey(&inactive)
	})
	w.refused(w.call(w.ann, "GetCallerIdentity"), 403, "InvalidClientTokenId", invalid)
}

func TestStaleSignature(t *testing.T) {
	w := newWorld(t)
	body := "Action=GetCallerIdentity&Version=2011-06-15"
	r := httptest.NewRequest("POST", "http://writ.test/", strings.NewReader(body))
	signed := w.Now.Add(-20 * time.Minute)
	if _, err := sigv4.Sign(r, w.ann, sigv4.Target{Region: "us-east-1", Service: "sts", Time: signed}, sigv4.HashPayload([]byte(body))); err != nil {
		t.Fatal(err)
	}
	w.refused(w.Send(r), 403, "SignatureDoesNotMatch",
		"Signature expired: 20300102T024405Z is now earlier than 20300102T024905Z (20300102T030405Z - 15 min.)")
}

func TestGetAccessKeyInfo(t *testing.T) {
	w := newWorld(t)
	w.allowed(w.call(apitest.Root, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID), "<Account>"+account+"</Account>")
	w.refused(w.call(w.ann, "GetAccessKeyInfo", "AccessKeyId", w.ann.AccessKeyID), 403, "AccessDenied",
		"User: "+annARN+" is not authorized to perform: sts:GetAccessKeyInfo because no identity-based policy allows the sts:GetAccessKeyInfo action")
}
