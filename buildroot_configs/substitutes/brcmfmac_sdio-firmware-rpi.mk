################################################################################
#
# brcmfmac_sdio-firmware-rpi: the files of Debian's firmware-brcm80211 (non-free-firmware), unpacked into the downloads.
# The newer radio of the Raspberry Pi Zero 2 W (43436) is not among them.
#
################################################################################

BRCMFMAC_SDIO_FIRMWARE_RPI_VERSION = debian
BRCMFMAC_SDIO_FIRMWARE_RPI_SITE = $(BR2_DL_DIR)/brcmfmac_sdio-firmware-rpi
BRCMFMAC_SDIO_FIRMWARE_RPI_SITE_METHOD = local
BRCMFMAC_SDIO_FIRMWARE_RPI_LICENSE = Infineon and Broadcom, redistributable unchanged

define BRCMFMAC_SDIO_FIRMWARE_RPI_INSTALL_TARGET_CMDS
	mkdir -p $(TARGET_DIR)/lib/firmware/brcm
	cp $(@D)/*.txt $(TARGET_DIR)/lib/firmware/brcm/
	for file in $(@D)/cyfmac*; do cp $$file $(TARGET_DIR)/lib/firmware/brcm/brcmfmac$${file##*/cyfmac}; done
	cd $(TARGET_DIR)/lib/firmware/brcm && \
		ln -sf brcmfmac43430-sdio.raspberrypi,3-model-b.txt brcmfmac43430-sdio.raspberrypi,model-zero-2-w.txt && \
		ln -sf brcmfmac43455-sdio.raspberrypi,3-model-b-plus.txt brcmfmac43455-sdio.raspberrypi,3-model-a-plus.txt
endef

$(eval $(generic-package))
