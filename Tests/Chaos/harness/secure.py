"""A real broker that asks who one is: TLS with a CA of the test's own, SCRAM users, ACLs, and a plain port beside."""

import subprocess
from pathlib import Path

from confluent_kafka.admin import (
    AclBinding, AclOperation, AclPermissionType, AdminClient, ResourcePatternType, ResourceType, ScramCredentialInfo,
    ScramMechanism, UserScramCredentialUpsertion,
)

from .broker import QUIET, Broker, free_port
from .wait import until

#: They must be in no output.
PASSWORDS = {"worker": "s3cret-of-worker-9d1f", "reader": "s3cret-of-reader-77ab", "nobody": "s3cret-of-nobody-e01c"}
WRONG = "s3cret-that-is-wrong-5c5c"


class Certificates:
    """`ca.pem`, a broker's and a client's certificate by it, and `other.pem`, a CA that signed neither."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self._authority("ca", "Test CA")
        self._authority("other", "Another CA")
        self._issue("broker", "broker", "subjectAltName=IP:127.0.0.1")
        self._issue("client", "client", "extendedKeyUsage=clientAuth")
        whole = (self.folder / "broker.key").read_text() + (self.folder / "broker.pem").read_text()
        (self.folder / "broker-store.pem").write_text(whole)

    def path(self, name):
        return str(self.folder / name)

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def _authority(self, name, subject):
        self._openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", f"/CN={subject}", "-keyout", f"{name}.key", "-out", f"{name}.pem")

    def _issue(self, name, subject, extension):
        (self.folder / f"{name}.ext").write_text(extension + "\n")
        self._openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={subject}",
            "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self._openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", f"{name}.ext", "-out", f"{name}.pem")


class SecureBroker(Broker):
    """`address` is the plain port, where everything is allowed; `sasl` wants TLS and a SCRAM user, `mutual` TLS and a
    client's certificate. The TLS ports listen at 127.0.0.2 too, a name that the broker's certificate does not have."""

    _secure = None

    def __init__(self):
        super().__init__(start=False)
        #: Set by who has made what the cases share.
        self.topics_made = False
        self.certificates = Certificates(self.folder)
        sasl, mutual, controller = free_port(), free_port(), free_port()
        self.sasl, self.mutual = f"127.0.0.1:{sasl}", f"127.0.0.1:{mutual}"
        self.misnamed = f"127.0.0.2:{sasl}"
        protocols = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_SSL,MUTUAL:SSL"
        self.props = [
            f"listeners=PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller},"
            f"SASL://0.0.0.0:{sasl},MUTUAL://127.0.0.1:{mutual}",
            f"advertised.listeners=PLAINTEXT://{self.address},SASL://{self.sasl},MUTUAL://{self.mutual}",
            f"controller.quorum.voters=1@127.0.0.1:{controller}",
            f"listener.security.protocol.map={protocols}",
            "sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN",
            "listener.name.sasl.scram-sha-512.sasl.jaas.config="
            "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            "listener.name.sasl.plain.sasl.jaas.config="
            "org.apache.kafka.common.security.plain.PlainLoginModule required "
            + " ".join(f'user_{name}="{password}"' for name, password in PASSWORDS.items()) + ";",
            "ssl.keystore.type=PEM", f"ssl.keystore.location={self.certificates.path('broker-store.pem')}",
            "ssl.truststore.type=PEM", f"ssl.truststore.location={self.certificates.path('ca.pem')}",
            "listener.name.mutual.ssl.client.auth=required",
            "connection.failed.authentication.delay.ms=100",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            # Only the plain port, and the controller's, take somebody without a name.
            "super.users=User:ANONYMOUS",
            "ssl.principal.mapping.rules=RULE:^CN=([^,]*).*$/$1/,DEFAULT",
        ]
        self.start()
        self._users()

    @classmethod
    def secure(cls):
        """The one of all cases."""
        if cls._secure is None:
            cls._secure = cls()
        return cls._secure

    def _users(self):
        upserts = [
            UserScramCredentialUpsertion(
                name, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password.encode())
            for name, password in PASSWORDS.items()
        ]
        for future in self.admin.alter_user_scram_credentials(upserts).values():
            future.result(30)
        until("the users of the broker", lambda: all(map(self._knows, PASSWORDS)))

    def _knows(self, user):
        try:
            return bool(AdminClient({
                "bootstrap.servers": self.sasl, "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": user, "sasl.password": PASSWORDS[user],
                "ssl.ca.location": self.certificates.path("ca.pem"), **QUIET,
            }).list_topics(timeout=3).brokers)
        except Exception:
            return False

    def allow(self, user, kind, name, *operations):
        """Lets `user` do `operations` (`READ`, `WRITE`, …) to the topic or group `name`."""
        bindings = [
            AclBinding(
                ResourceType[kind.upper()], name, ResourcePatternType.LITERAL, f"User:{user}", "*",
                AclOperation[operation], AclPermissionType.ALLOW)
            for operation in operations
        ]
        for future in self.admin.create_acls(bindings).values():
            future.result(30)

    def create_shared(self):
        """The topics that all cases share, and what `worker`, `client` and `reader` may do with them; once."""
        if self.topics_made:
            return
        for name, partitions in (("orders", 2), ("orders-clean", 2), ("orders.dlq", 1), ("orders-shut", 1)):
            self.create(name, partitions)
        for user in ("worker", "client"):
            self.allow(user, "topic", "orders", "READ")
            self.allow(user, "topic", "orders-clean", "WRITE")
            self.allow(user, "topic", "orders.dlq", "WRITE")
            self.allow(user, "group", "orders-worker", "READ")
        # One who sees the source but may not read it, and may use the group.
        self.allow("reader", "topic", "orders", "DESCRIBE")
        self.allow("reader", "group", "orders-worker", "READ")
        self.topics_made = True
