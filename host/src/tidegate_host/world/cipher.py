"""AES for the journal's seal where no port hands one in: the host tool, the world, the tests.

On a host it is `cryptography`; under MicroPython the interpreter's own module, so that a test is
the same file on both.
"""

try:
    from cryptolib import aes

    def _ecb(key, block):
        return aes(key, 1).encrypt(block)

    def _cbc(key, iv, data, encrypting):
        machine = aes(key, 2, iv)
        return machine.encrypt(data) if encrypting else machine.decrypt(data)

except ImportError:
    from cryptography.hazmat.primitives.ciphers import Cipher as _Cipher
    from cryptography.hazmat.primitives.ciphers import algorithms, modes

    def _ecb(key, block):
        machine = _Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        return machine.update(bytes(block)) + machine.finalize()

    def _cbc(key, iv, data, encrypting):
        cipher = _Cipher(algorithms.AES(key), modes.CBC(iv))
        machine = cipher.encryptor() if encrypting else cipher.decryptor()
        return machine.update(bytes(data)) + machine.finalize()


class Cipher:
    """What `journal.seal` asks for: AES with a key of 16 or 32 bytes."""

    def ecb(self, key, block):
        """-> the 16 bytes `block`, encrypted."""
        return _ecb(key, block)

    def cbc(self, key, iv, buf, encrypt):
        """Encrypt or decrypt `buf` (a multiple of 16 bytes) in place."""
        buf[:] = _cbc(key, iv, buf, encrypt)
