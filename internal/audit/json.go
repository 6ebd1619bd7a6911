package audit

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// The version of the format that AppendJSON writes.
const eventVersion = "1.11"

// CloudTrail's limits on the size of a member.
const (
	maxErrorMessage = 1 << 10
	maxElements     = 100 << 10
	maxAdditional   = 28 << 10
)

// AppendJSON appends the record in CloudTrail's JSON, with the members in
// CloudTrail's order.
func (e *Event) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"eventVersion":"`+eventVersion+`","userIdentity":`...)
	dst = e.UserIdentity.append(dst)
	dst = appendTime(append(dst, `,"eventTime":`...), e.Time)
	dst = member(dst, `,"eventSource":`, e.Source)
	dst = member(dst, `,"eventName":`, e.Name)
	dst = member(dst, `,"awsRegion":`, e.Region)
	dst = member(dst, `,"sourceIPAddress":`, e.SourceIP)
	dst = member(dst, `,"userAgent":`, e.UserAgent)
	dst = optional(dst, `,"errorCode":`, e.ErrorCode)
	dst = optional(dst, `,"errorMessage":`, cut(e.ErrorMessage, maxErrorMessage))
	dst = object(dst, `,"requestParameters":`, e.RequestParameters, maxElements)
	dst = object(dst, `,"responseElements":`, e.ResponseElements, maxElements)
	if len(e.AdditionalEventData) > 0 {
		dst = object(dst, `,"additionalEventData":`, e.AdditionalEventData, maxAdditional)
	}
	dst = member(dst, `,"requestID":`, e.RequestID)
	dst = append(e.ID.append(append(dst, `,"eventID":"`...)), '"')
	dst = strconv.AppendBool(append(dst, `,"readOnly":`...), e.ReadOnly)
	dst = e.appendResources(dst)
	return append(e.appendKind(dst), '}')
}

// appendKind appends the members from eventType on.
func (e *Event) appendKind(dst []byte) []byte {
	kind, category := e.Type, "Management"
	if kind == "" {
		kind = "AwsApiCall"
	}
	if e.Data {
		category = "Data"
	}
	dst = member(dst, `,"eventType":`, kind)
	dst = strconv.AppendBool(append(dst, `,"managementEvent":`...), !e.Data)
	dst = member(dst, `,"recipientAccountId":`, e.RecipientAccountID)
	dst = optional(dst, `,"sharedEventID":`, e.SharedEventID)
	dst = member(dst, `,"eventCategory":`, category)
	if e.TLS == (TLSDetails{}) {
		return dst
	}
	dst, from := begin(dst, `,"tlsDetails":`)
	dst = optional(dst, `,"tlsVersion":`, e.TLS.Version)
	dst = optional(dst, `,"cipherSuite":`, e.TLS.CipherSuite)
	dst = optional(dst, `,"clientProvidedHostHeader":`, e.TLS.ClientProvidedHostHeader)
	return end(dst, from)
}

func (e *Event) appendResources(dst []byte) []byte {
	if len(e.Resources) == 0 {
		return dst
	}
	dst = append(dst, `,"resources":[`...)
	for i := range e.Resources {
		if i > 0 {
			dst = append(dst, ',')
		}
		var from int
		dst, from = begin(dst, "")
		dst = optional(dst, `,"accountId":`, e.Resources[i].AccountID)
		dst = optional(dst, `,"type":`, e.Resources[i].Type)
		dst = optional(dst, `,"ARN":`, e.Resources[i].ARN)
		dst = end(dst, from)
	}
	return append(dst, ']')
}

func (u *UserIdentity) append(dst []byte) []byte {
	dst, outer := begin(dst, "")
	dst = optional(dst, `,"type":`, u.Type)
	dst = optional(dst, `,"principalId":`, u.PrincipalID)
	dst = optional(dst, `,"arn":`, u.ARN)
	dst = optional(dst, `,"accountId":`, u.AccountID)
	dst = optional(dst, `,"accessKeyId":`, u.AccessKeyID)
	dst = optional(dst, `,"userName":`, u.UserName)
	if u.SessionContext != nil {
		dst = u.SessionContext.append(append(dst, `,"sessionContext":`...))
	}
	dst = optional(dst, `,"invokedBy":`, u.InvokedBy)
	if u.InvokedByDelegate != "" {
		var from int
		dst, from = begin(dst, `,"invokedByDelegate":`)
		dst = end(member(dst, `,"accountId":`, u.InvokedByDelegate), from)
	}
	dst = optional(dst, `,"identityProvider":`, u.IdentityProvider)
	return end(dst, outer)
}

func (s *SessionContext) append(dst []byte) []byte {
	dst, outer := begin(dst, "")
	if s.Issuer != (SessionIssuer{}) {
		var from int
		dst, from = begin(dst, `,"sessionIssuer":`)
		dst = optional(dst, `,"type":`, s.Issuer.Type)
		dst = optional(dst, `,"principalId":`, s.Issuer.PrincipalID)
		dst = optional(dst, `,"arn":`, s.Issuer.ARN)
		dst = optional(dst, `,"accountId":`, s.Issuer.AccountID)
		dst = optional(dst, `,"userName":`, s.Issuer.UserName)
		dst = end(dst, from)
	}
	if s.WebIDFederation.FederatedProvider != "" {
		var from int
		dst, from = begin(dst, `,"webIdFederationData":`)
		dst = optional(dst, `,"federatedProvider":`, s.WebIDFederation.FederatedProvider)
		if len(s.WebIDFederation.Attributes) > 0 {
			dst = append(append(dst, `,"attributes":`...), s.WebIDFederation.Attributes...)
		}
		dst = end(dst, from)
	}
	dst = appendTime(append(dst, `,"attributes":{"creationDate":`...), s.CreationDate)
	mfa := `,"mfaAuthenticated":"false"}` // a string: CloudTrail's record says so
	if s.MFAAuthenticated {
		mfa = `,"mfaAuthenticated":"true"}`
	}
	dst = optional(append(dst, mfa...), `,"sourceIdentity":`, s.SourceIdentity)
	if s.AssumedRoot {
		dst = append(dst, `,"assumedRoot":"true"`...)
	}
	return end(dst, outer)
}

// begin opens an object whose members all start with a comma; end takes the
// first comma away.
func begin(dst []byte, name string) (out []byte, from int) {
	dst = append(append(dst, name...), '{')
	return dst, len(dst)
}

func end(dst []byte, from int) []byte {
	if len(dst) > from && dst[from] == ',' {
		dst = append(dst[:from], dst[from+1:]...)
	}
	return append(dst, '}')
}

func member(dst []byte, name, value string) []byte {
	return appendString(append(dst, name...), value)
}

func optional(dst []byte, name, value string) []byte {
	if value == "" {
		return dst
	}
	return member(dst, name, value)
}

func object(dst []byte, name string, json []byte, most int) []byte {
	dst = append(dst, name...)
	switch {
	case len(json) == 0:
		return append(dst, "null"...)
	case len(json) > most:
		return append(dst, `{"omitted":true}`...)
	}
	return append(dst, json...)
}

// cut shortens s to at most n bytes, at a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func appendTime(dst []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(dst, '"'), "2006-01-02T15:04:05Z"), '"')
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. What is not UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(dst, s[from:i]...)
		switch {
		case c >= utf8.RuneSelf:
			dst = append(dst, "\uFFFD"...)
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i += size
		from = i
	}
	return append(append(dst, s[from:]...), '"')
}
