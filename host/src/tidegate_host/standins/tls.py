"""A small certificate authority and a server certificate, for trying and testing TLS.

The certificates are valid from 2000 to 2049: a board that has just got its power back believes
that it is the year 2000, and has to reach its host before it can learn better.
"""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

SERVER_NAME = "acquirer.test"
_FROM = datetime(2000, 1, 1, tzinfo=UTC)
_UNTIL = datetime(2049, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class TlsFiles:
    """Where the files are: the authority as DER (what a board pins) and PEM, the server's chain
    and key as PEM and DER."""

    folder: Path
    server_name: str = SERVER_NAME

    @property
    def ca_der(self) -> Path:
        return self.folder / "ca.der"

    @property
    def ca_pem(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def cert_pem(self) -> Path:
        return self.folder / "server.pem"

    @property
    def cert_der(self) -> Path:
        return self.folder / "server.der"

    @property
    def key_pem(self) -> Path:
        return self.folder / "server.key"

    def server_context(self) -> ssl.SSLContext:
        """For a server with this certificate; TLS 1.2 and newer."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.cert_pem, self.key_pem)
        return context

    def client_context(self) -> ssl.SSLContext:
        """For a client that trusts this authority and nobody else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=self.ca_pem)
        return context


def make_ca(folder: Path | str, server_name: str = SERVER_NAME) -> TlsFiles:
    """Make an authority and a server certificate in `folder`, unless they are there already.

    The certificate is for `server_name`, localhost and 127.0.0.1. The authority's own key is
    thrown away.
    """
    files = TlsFiles(Path(folder), server_name)
    if files.key_pem.is_file() and files.ca_der.is_file():
        return files
    files.folder.mkdir(parents=True, exist_ok=True)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = _name("Tidegate test authority")
    ca = (
        _certificate(ca_name, ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(server_name), x509.DNSName("localhost")]
    alternatives = x509.SubjectAlternativeName([*names, x509.IPAddress(ip_address("127.0.0.1"))])
    server = (
        _certificate(_name(server_name), ca_name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(alternatives, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    files.ca_der.write_bytes(ca.public_bytes(Encoding.DER))
    files.ca_pem.write_bytes(ca.public_bytes(Encoding.PEM))
    files.cert_der.write_bytes(server.public_bytes(Encoding.DER))
    files.cert_pem.write_bytes(server.public_bytes(Encoding.PEM))
    files.key_pem.touch(mode=0o600)
    files.key_pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
    )


def _usage(sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=not sign_certificates,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )
