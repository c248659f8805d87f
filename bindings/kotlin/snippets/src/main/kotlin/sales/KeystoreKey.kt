package com.example.sales

import android.security.keystore.KeyGenParameterSpec
import android.security.keystore.KeyProperties
import app.fieldbook.KeyProvider
import java.io.File
import java.security.KeyStore
import java.security.SecureRandom
import javax.crypto.Cipher
import javax.crypto.KeyGenerator
import javax.crypto.SecretKey
import javax.crypto.spec.GCMParameterSpec

/** The book's key: 32 random bytes in a file, which only a key inside the phone's Keystore can open. */
class KeystoreKey(folder: File) : KeyProvider {
    private val file = File(folder, "fieldbook.key")

    override fun key(): ByteArray {
        if (!file.exists()) keep(ByteArray(32).also(SecureRandom()::nextBytes))
        val kept = file.readBytes()
        val cipher = Cipher.getInstance(AES_GCM)
        cipher.init(Cipher.DECRYPT_MODE, wrappingKey(), GCMParameterSpec(128, kept, 0, IV_BYTES))
        return cipher.doFinal(kept, IV_BYTES, kept.size - IV_BYTES)
    }

    private fun keep(key: ByteArray) {
        val cipher = Cipher.getInstance(AES_GCM)
        cipher.init(Cipher.ENCRYPT_MODE, wrappingKey())
        val written = File(file.path + ".new")
        written.writeBytes(cipher.iv + cipher.doFinal(key))
        check(written.renameTo(file)) { "the key could not be kept" }
    }

    private fun wrappingKey(): SecretKey {
        val keystore = KeyStore.getInstance(KEYSTORE).apply { load(null) }
        (keystore.getKey(ALIAS, null) as SecretKey?)?.let { return it }
        val purposes = KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT
        val wanted = KeyGenParameterSpec.Builder(ALIAS, purposes)
            .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
            .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
            .setKeySize(256)
            .build()
        return KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, KEYSTORE).apply { init(wanted) }.generateKey()
    }

    private companion object {
        const val KEYSTORE = "AndroidKeyStore"
        const val ALIAS = "fieldbook"
        const val AES_GCM = "AES/GCM/NoPadding"
        const val IV_BYTES = 12
    }
}
