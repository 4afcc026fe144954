package dev.ballast.lab;

import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.XdpLink;
import dev.ballast.bpf.XdpMode;
import java.io.IOException;
import java.io.InputStream;

/** XDP programs of the lab's own. Links and maps are pinned in the node's folder, so that they stay when a lab is kept. */
final class XdpAttachment {
    private XdpAttachment() {}

    /**
     * Loads an object anew and attaches its only program, natively, to an interface of a node. Pinned: the link under the
     * interface's name, each map that is no data section under its own.
     *
     * @param resource the object on the class path
     */
    static void attach(Node node, String interfaceName, String resource) {
        try (BpfObject object = BpfObject.open(node.name(), bytes(resource))) {
            object.load();
            // The link's handle may go: the pin holds it.
            try (XdpLink link = node.call(() -> XdpLink.attach(
                    object.programs().iterator().next(), LibC.interfaceIndex(interfaceName), XdpMode.NATIVE))) {
                link.pin(node.bpffs().resolve(interfaceName));
            }
            for (BpfMap map : object.maps()) {
                // Data sections begin with a dot, which no pin may have.
                if (!map.name().startsWith(".")) {
                    map.pin(node.bpffs().resolve(map.name()));
                }
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new LabException(
                    "%s: cannot attach %s to %s: %s".formatted(node, resource, interfaceName, e.getMessage()), e);
        }
    }

    static byte[] bytes(String resource) {
        try (InputStream in = XdpAttachment.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new LabException(resource + " is not on the class path; build it: mvn process-test-classes");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new LabException("cannot read " + resource + ": " + e.getMessage(), e);
        }
    }
}
