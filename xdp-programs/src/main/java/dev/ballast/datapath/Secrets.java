package dev.ballast.datapath;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Keys from the cluster's secret: HMAC-SHA256, one label a purpose. Pure; any thread. */
final class Secrets {
    /** As many bytes as nobody guesses. */
    static final int MIN_BYTES = 16;

    private static final String ALGORITHM = "HmacSHA256";

    private Secrets() {}

    /** 32 bytes for one purpose; another label gives bytes that tell nothing of these. */
    static byte[] derive(byte[] secret, String label) {
        if (secret.length < MIN_BYTES) {
            throw new IllegalArgumentException(
                    "the cluster's secret has " + secret.length + " bytes; it takes at least " + MIN_BYTES);
        }
        return hmac(secret, label.getBytes(US_ASCII));
    }

    static byte[] hmac(byte[] key, byte[] message) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac.doFinal(message);
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every JDK has " + ALGORITHM, e);
        }
    }
}
